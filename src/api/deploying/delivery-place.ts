import { DELIVERY_PATH } from '../../contract/webhooks.ts';
import type { ApiRoute } from '../../core/route/api-route.ts';

/** Where providers deliver to through the ingress; no service may have it. */
export const deliveryPlace = (apiDomain: string | undefined): Pick<ApiRoute, 'host' | 'path'> | undefined =>
  apiDomain === undefined ? undefined : { host: apiDomain, path: DELIVERY_PATH };
