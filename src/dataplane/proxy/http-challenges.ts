import { CHALLENGE_PATH, type HttpChallenge } from '../../core/route/certificates.ts';
import { OwnAnswer } from './own-answer.ts';

/** What CAs are answered that ask in the clear whether a name is ours (RFC 8555 section 8.3). */
export class HttpChallenges {
  #answers: ReadonlyMap<string, OwnAnswer> = new Map();

  use(challenges: readonly HttpChallenge[]): void {
    this.#answers = new Map(
      challenges.map(({ token, keyAuthorization }) => [
        `${CHALLENGE_PATH}${token}`,
        new OwnAnswer(200, 'acme-challenge', { body: keyAuthorization, type: 'application/octet-stream' }),
      ]),
    );
  }

  /** Undefined for what no CA asks for: that is the service's own. Under any host, as any node may be asked for any name. */
  answerTo(path: string): OwnAnswer | undefined {
    return this.#answers.size === 0 ? undefined : this.#answers.get(path);
  }
}
