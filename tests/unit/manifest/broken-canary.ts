import { type Broken, of, web } from './broken.ts';

const W = 'services.web';
/** The beginning of a service that may have canaries, up to its `deploy`. */
const CANARY = 'port: 80\ndomain: a.test\ndeploy: {strategy: canary';

/** Manifests whose canary is wrong in one way. */
export const BROKEN_CANARY: readonly Broken[] = [
  of(
    'canary without a domain',
    web('deploy: {strategy: @@canary}'),
    `${W}.deploy.strategy`,
    /divides requests, and a service without a `domain` is sent none/,
  ),
  of(
    'canary with a host port',
    web('port: 80\ndomain: a.test\nports: ["9000:80"]\ndeploy: {strategy: @@canary}'),
    `${W}.deploy.strategy`,
    /host port 9000 can be had once/,
  ),
  of('canary without a way back', web(`${CANARY}, rollback: @@false}`), `${W}.deploy.rollback`, /canary is a trial/),
  of(
    'canary by a header that the ingress leaves out',
    web(`${CANARY}, canary: {by: {header: @@user_name}}}`),
    `${W}.deploy.canary.by.header`,
    /letters, digits and `-`/,
  ),
  of(
    'canary by a header that the ingress says itself',
    web(`${CANARY}, canary: {by: {header: @@X-Forwarded-For}}}`),
    `${W}.deploy.canary.by.header`,
    /the ingress says this header itself/,
  ),
  of('canary of rolling', web('deploy: {@@canary: {steps: [5]}}'), `${W}.deploy.canary`, /of strategy canary/),
  of(
    'canary steps that fall',
    web(`${CANARY}, canary: {steps: [5, 50, @@25]}}`),
    `${W}.deploy.canary.steps[2]`,
    /25 comes after 50/,
    /rising order/,
  ),
  of('canary step of all', web(`${CANARY}, canary: {steps: [@@100]}}`), `${W}.deploy.canary.steps[0]`, /from 1 to 99/),
  of(
    'canary without steps',
    web(`${CANARY}, canary: {steps: @@[]}}`),
    `${W}.deploy.canary.steps`,
    /1 to 20 percentages/,
  ),
  of(
    'canary by a word',
    web(`${CANARY}, canary: {by: @@user}}`),
    `${W}.deploy.canary.by`,
    /expected client or request|expected client, request/,
  ),
  of(
    'canary by two',
    web(`${CANARY}, canary: {by: @@{header: X-User, cookie: id}}}`),
    `${W}.deploy.canary.by`,
    /either `header` or `cookie`/,
  ),
  of(
    'canary by a header of two words',
    web(`${CANARY}, canary: {by: {header: @@"X User"}}}`),
    `${W}.deploy.canary.by.header`,
    /name of a header/,
  ),
  of(
    'a canary that decides by itself',
    web(`${CANARY}, canary: {auto: @@true}}`),
    `${W}.deploy.canary.auto`,
    /decides by itself.* not yet supported/,
    /few requests say little/,
  ),
  ...['interval: 60s', 'max_error_rate: 1%', 'max_latency_ratio: 1.5'].map((key) =>
    of(
      `canary ${key}`,
      web(`${CANARY}, canary: {@@${key}}}`),
      `${W}.deploy.canary.${key.split(':')[0]}`,
      /not yet supported/,
      /does not compare two versions/,
    ),
  ),
];
