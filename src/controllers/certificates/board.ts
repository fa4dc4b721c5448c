import { createHash } from 'node:crypto';
import type { Challenge } from '../../acme/ca.ts';
import { AcmeFailure } from '../../acme/failure.ts';
import type { AlpnChallenge, CertificateSet, HttpChallenge, ServedCertificate } from '../../core/route/certificates.ts';
import type { Links } from '../ingress/links.ts';

/** What data planes serve TLS with, and what they answer to CAs: given to all of them, whenever it changes. */
export interface Board {
  serve(certificates: readonly ServedCertificate[]): void;
  /**
   * Resolves once every data plane answers it, until it is taken back.
   * @returns what takes it back. @throws AcmeFailure if they do not come to it in time
   */
  show(answer: ChallengeAnswer, signal: AbortSignal): Promise<() => void>;
}

/** `alpn`: what is shown by TLS; without it, by HTTP. */
export type ChallengeAnswer = Pick<Challenge, 'name' | 'token' | 'keyAuthorization'> & {
  readonly alpn?: { readonly chain: string; readonly key: string } | undefined;
};

export interface BoardOptions {
  readonly links: Pick<Links, 'useCertificates' | 'useThose' | 'onChange'>;
  /** How long data planes may take to show an answer, ms. */
  readonly within?: number | undefined;
}

const WITHIN = 30_000;

export function createBoard({ links, within = WITHIN }: BoardOptions): Board {
  let certificates: readonly ServedCertificate[] = [];
  const http = new Map<string, HttpChallenge>();
  const alpn = new Map<string, AlpnChallenge>();
  let given: CertificateSet | undefined;

  const give = (): string => {
    const set = withId({ certificates, challenges: { http01: [...http.values()], alpn: [...alpn.values()] } });
    if (set.id !== given?.id) links.useCertificates(set);
    given = set;
    return set.id;
  };

  /** Of those that came later only the last set is used: whoever waits for an earlier one is answered by it, too. */
  const isUsed = (): boolean => given !== undefined && links.useThose(given.id);

  return {
    serve(wanted) {
      certificates = wanted;
      give();
    },
    async show({ name, token, keyAuthorization, alpn: shown }, signal) {
      const [kept, key] = shown ? [alpn, name] : [http, token];
      if (shown) alpn.set(name, { name, ...shown });
      else http.set(token, { token, keyAuthorization });
      const takeBack = () => {
        kept.delete(key);
        give();
      };
      give();
      const isShown = await became(isUsed, links, AbortSignal.any([signal, AbortSignal.timeout(within)]));
      if (isShown) return takeBack;
      takeBack();
      throw new AcmeFailure('away', 'no data plane answers the CA for this cluster', {
        hint: 'see `orca status`: a data plane from before certificates goes on until it is stopped with `orca server --stop --all`',
      });
    },
  };
}

/** Resolves with true once it is so; with false when the signal comes first. */
function became(isSo: () => boolean, { onChange }: Pick<Links, 'onChange'>, signal: AbortSignal): Promise<boolean> {
  if (isSo()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (verdict: boolean) => {
      unlisten();
      signal.removeEventListener('abort', onAbort);
      resolve(verdict);
    };
    const onAbort = () => end(false);
    const unlisten = onChange(() => isSo() && end(true));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) end(false);
  });
}

/** The same contents, the same id: what has not changed is not told again. */
function withId(set: Omit<CertificateSet, 'id'>): CertificateSet {
  const id = createHash('sha256').update(JSON.stringify(set)).digest('hex').slice(0, 32);
  return { id, ...set };
}
