import type { ErrorCode } from '../../core/errors.ts';
import type { ErrorBody } from '../error-body.ts';
import type { INTERNAL } from '../errors-of.ts';

/** An error of each code, as a server tells it. */
export const SAID: Readonly<Record<ErrorCode | typeof INTERNAL, Omit<ErrorBody, 'code'>>> = {
  malformed: { error: 'the body is not JSON', hint: 'compare the request with GET /api/v1/openapi.json' },
  unauthorized: { error: 'this needs a token', hint: 'send `Authorization: Bearer <token>`' },
  forbidden: {
    error: 'this needs the role deployer; the token "grafana" has viewer',
    hint: 'use a token with the role deployer',
    details: { needed: 'deployer', role: 'viewer' },
  },
  not_found: {
    error: 'service not found: wbe',
    hint: 'check the name with `orca status`',
    details: { kind: 'service', name: 'wbe' },
  },
  conflict: {
    error: 'several projects have a service web: blog, shop',
    hint: 'say which one with ?project=blog',
    details: { projects: ['blog', 'shop'] },
  },
  too_large: { error: 'the body is larger than 64 KiB', hint: 'send less', details: { limit: 65_536 } },
  invalid: {
    error: 'body.replicas: expected a whole number from 0 to 1000',
    hint: 'put right what it names, and try again',
  },
  deploy_failed: {
    error: 'nothing was deployed',
    hint: 'read the reason and the last log lines, then deploy again',
  },
  unplaceable: {
    error: '2 replicas cannot publish host port 9000 on one node',
    hint: 'look at the nodes with GET /api/v1/cluster/info',
  },
  too_many: { error: 'too many wrong credentials from this address', hint: 'wait a minute' },
  not_yet_supported: { error: 'GET /api/v1/nodes is not yet supported', hint: 'a later release brings it' },
  unavailable: { error: 'the engine does not answer', hint: 'try again in a few seconds' },
  timeout: { error: 'the log was not read on for 60 s', hint: 'look at the present state with `orca status`' },
  internal: { error: 'internal error', hint: "this is a bug in orca; the server's log says more" },
};
