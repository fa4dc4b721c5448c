/** A metric with what it is now. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** Of a histogram's parts: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string | undefined;
  readonly labels: Labels;
  readonly value: number;
}

export type Labels = Readonly<Record<string, string>>;

export const EXPOSITION = 'text/plain; version=0.0.4';

/**
 * Metrics as Prometheus reads them; those without samples are left out.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export const expose = (families: readonly Family[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .flatMap(linesOf)
    .join('');

const linesOf = ({ name, type, help, samples }: Family): string[] => [
  `# HELP ${name} ${escaped(help)}\n`,
  `# TYPE ${name} ${type}\n`,
  ...samples.map(({ suffix = '', labels, value }) => `${name}${suffix}${labelled(labels)} ${value}\n`),
];

function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
