import type { DecisionEvent } from '../event.ts';
import { type RecordFormat, SAME } from './format.ts';
import { number, object, optional, text, word } from './shape.ts';

export const EVENT_RECORD: RecordFormat<DecisionEvent> = {
  upgrades: [SAME],
  shape: object<DecisionEvent>({
    kind: word('deployment', 'task', 'service', 'node'),
    at: number,
    project: optional(text),
    name: text,
    service: optional(text),
    from: optional(text),
    to: optional(text),
    reason: text,
  }),
};
