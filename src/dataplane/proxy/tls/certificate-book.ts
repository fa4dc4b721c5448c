import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { CertificateSet } from '../../../core/route/certificates.ts';

interface Entry {
  readonly context: SecureContext;
  /** Somebody else than its own key has signed it. */
  readonly isVouchedFor: boolean;
}

/** The certificates in use, by name. One that is the same in the next set is not loaded again. */
export class CertificateBook {
  #byName: ReadonlyMap<string, Entry> = new Map();
  #byChallenge: ReadonlyMap<string, Entry> = new Map();
  /** By chain and key. */
  #loaded: ReadonlyMap<string, Entry | string> = new Map();

  /** @returns why a certificate is not used, a sentence each */
  use({ certificates, challenges }: CertificateSet): readonly string[] {
    const problems: string[] = [];
    const loaded = new Map<string, Entry | string>();
    const load = (names: readonly string[], chain: string, key: string): Entry | undefined => {
      const id = `${chain}\n${key}`;
      const entry = loaded.get(id) ?? this.#loaded.get(id) ?? loadEntry(chain, key);
      loaded.set(id, entry);
      if (typeof entry !== 'string') return entry;
      problems.push(`the certificate for ${names.join(', ')} cannot be used: ${entry}`);
      return undefined;
    };
    const byName = new Map<string, Entry>();
    for (const { names, chain, key } of certificates) {
      const entry = load(names, chain, key);
      for (const name of names) if (entry && !byName.has(name)) byName.set(name, entry);
    }
    const byChallenge = new Map<string, Entry>();
    for (const { name, chain, key } of challenges.alpn) {
      const entry = load([name], chain, key);
      if (entry) byChallenge.set(name, entry);
    }
    this.#byName = byName;
    this.#byChallenge = byChallenge;
    this.#loaded = loaded;
    return problems;
  }

  /** For a name as a client writes it: its own first, then that of a wildcard. Undefined: there is none. */
  find(name: string): SecureContext | undefined {
    return this.#entry(name)?.context;
  }

  /** There is one that a client may believe. */
  vouchesFor(name: string): boolean {
    return this.#entry(name)?.isVouchedFor === true;
  }

  /** For who offers `acme-tls/1`. */
  findChallenge(name: string): SecureContext | undefined {
    return this.#byChallenge.get(name.toLowerCase())?.context;
  }

  get isChallenged(): boolean {
    return this.#byChallenge.size > 0;
  }

  #entry(written: string): Entry | undefined {
    const name = plainName(written);
    return this.#byName.get(name) ?? this.#byName.get(`*${name.slice(Math.max(0, name.indexOf('.')))}`);
  }
}

/** Lower case, without a trailing dot. */
export const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

function loadEntry(chain: string, key: string): Entry | string {
  try {
    const leaf = new X509Certificate(chain);
    return { context: createSecureContext({ cert: chain, key }), isVouchedFor: !leaf.verify(leaf.publicKey) };
  } catch (error) {
    return wordsOf(error as NodeJS.ErrnoException);
  }
}

/** OpenSSL's own are of no use to who reads them; nothing of the key is in them. */
function wordsOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return 'its key is another one';
  return code?.startsWith('ERR_OSSL') ? `it cannot be read (${code})` : message;
}
