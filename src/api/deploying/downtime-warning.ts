import { heldBetween } from '../../core/claims/claim.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { Forecast } from '../../core/rollout/forecast.ts';
import { warningOf } from './warning.ts';

/** Why it is away; for how long stands beside each service and step. */
export const downtimeWarning = (
  spec: ServiceSpec,
  current: ServiceSpec | undefined,
  ahead: Forecast,
): readonly string[] =>
  ahead.downtime === 0
    ? []
    : [
        warningOf(
          spec,
          `two tasks cannot have ${heldBetween(spec, current)} at once, so each old task stops before its successor starts; ${howLong(ahead)}`,
        ),
      ];

const howLong = ({ isSeen }: Forecast): string =>
  isSeen ? 'the time is what the last stop and start took' : 'the time is a guess until such a start was measured';
