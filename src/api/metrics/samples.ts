import type { Labels, Sample } from '../../telemetry/exposition.ts';
import type { MetricName } from './catalogue.ts';
import { NAMING } from './catalogue.ts';

export type Samples = Readonly<Partial<Record<MetricName, readonly Sample[]>>>;

export const sample = (value: number, labels: Labels = {}): Sample => ({ labels, value });

export const flag = (value: boolean, labels: Labels = {}): Sample => sample(value ? 1 : 0, labels);

/** How often each value is there, as the value of a label. */
export function counted(label: string, values: readonly string[], labels: Labels): readonly Sample[] {
  const groups = Map.groupBy(values, (value) => value);
  return Array.from(groups, ([value, all]) => sample(all.length, { [label]: value, ...labels }));
}

/** Without the labels that name a service: what is the same then is added up. In the order of the first of each. */
export function summedUp(samples: readonly Sample[]): readonly Sample[] {
  const sums = new Map<string, Sample>();
  for (const { suffix, labels, value } of samples) {
    const left = Object.fromEntries(Object.entries(labels).filter(([name]) => !NAMING.includes(name)));
    const key = JSON.stringify([suffix, left]);
    sums.set(key, { suffix, labels: left, value: value + (sums.get(key)?.value ?? 0) });
  }
  return [...sums.values()];
}
