import { OrcaError } from '../../core/errors.ts';
import { parseJson } from '../http/parse-json.ts';

/** Of a delivery that is signed: a push of 2,000 commits is one. */
const VALUES = 1_000_000;

/**
 * JSON, or a form with JSON in `payload`, as GitHub sends unless told otherwise. The type stands outside of the signature, so the
 * bytes have to say the same: JSON read as a form has whatever `payload` somebody wrote into the message of a commit.
 *
 * @throws OrcaError `malformed`, `too_large`
 */
export async function readPayload(contentType: string | undefined, body: Buffer): Promise<unknown> {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase();
  const bounds = { values: VALUES, text: body.length, beside: body.length };
  if (type !== 'application/x-www-form-urlencoded') return parseJson(body, bounds);
  const form = body.toString('utf8');
  const payload = form.startsWith('payload=') ? new URLSearchParams(form).get('payload') : null;
  if (payload === null)
    throw new OrcaError('malformed', 'the form does not begin with the field `payload`', {
      hint: 'choose application/json at the provider',
    });
  return parseJson(Buffer.from(payload), bounds);
}
