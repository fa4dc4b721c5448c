import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { growth } from './growth.ts';
import { idle } from './idle.ts';
import { killed } from './killed.ts';
import { names as lookups } from './names.ts';
import { nodes } from './nodes.ts';
import { place } from './place.ts';
import { plan } from './plan.ts';
import { proxy } from './proxy.ts';
import { refresh } from './report/document.ts';
import { describeMachine } from './report/machine.ts';
import { type Report, render } from './report/report.ts';
import type { Section, Setting } from './section.ts';
import { tasks } from './tasks.ts';

/** `main.ts --work DIR [--quick] [--rounds N] [--against DIR [--split BY]] [SECTION...]`: runs the sections, shows and keeps what they found. See run.sh. */
const SECTIONS: Readonly<Record<string, Section>> = {
  tasks,
  killed,
  nodes,
  proxy,
  names: lookups,
  idle,
  plan,
  place,
  growth,
};
const SPLITS = ['request', 'client', 'header', 'cookie'] as const;
const PAGE = resolve(import.meta.dirname, '../../docs/performance.md');
const RESULTS = process.env['BENCH_RESULTS'] ?? join(tmpdir(), 'bench-of-orca.jsonl');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    work: { type: 'string' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    against: { type: 'string' },
    split: { type: 'string' },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(SECTIONS);
const unknown = names.filter((name) => !(name in SECTIONS));
const split = SPLITS.find((by) => by === values.split);
if (unknown.length > 0 || values.work === undefined || split !== values.split) {
  console.error(
    `usage: tests/bench/run.sh [--quick] [--rounds N] [--against DIR [--split BY]] [${Object.keys(SECTIONS).join('|')} ...]`,
  );
  process.exit(1);
}

const setting: Setting = {
  work: values.work,
  quick: values.quick,
  rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  against: values.against,
  split,
  say: (what) => console.error(`   ${what}`),
};

const machine = await describeMachine();
for (const [what, value] of machine) console.log(`${what.padEnd(12)} ${value}`);
for (const name of names) {
  console.error(`== ${name}`);
  const report = await SECTIONS[name]?.(setting);
  if (report) keep(name, report);
}

function keep(name: string, report: Report): void {
  const at = new Date().toISOString();
  console.log(`\n${render(report)}`);
  for (const record of report.records) appendFileSync(RESULTS, `${JSON.stringify({ at, section: name, ...record })}\n`);
  if (setting.quick || setting.against !== undefined) return;
  const origin = `${at.slice(0, 10)}: \`tests/bench/run.sh ${process.argv.slice(4).join(' ')}\``.replace(/ `$/, '`');
  const body = `${render(report)}\n\n${origin}`;
  refresh(
    PAGE,
    new Map([
      [name, body],
      ['machine', machine.map(([what, value]) => `- ${what}: ${value}`).join('\n')],
    ]),
  );
}
