import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { EXIT_MEANING } from '../../../cli/exit-codes.ts';
import { taskWord } from '../../../cli/output/words.ts';
import { createProgram } from '../../../cli/program.ts';
import { VERBS } from '../../../cli/verbs.ts';
import { HEALTH_WORDS, TASK_STATES } from '../../../src/contract/status.ts';
import { SERVICE_WORDS } from '../../../src/core/status/words.ts';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
const section = (heading: string): string => page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
/** The options of a section's table, as they are written. */
const optionsIn = (heading: string): string[] =>
  [...section(heading).matchAll(/^\| `(-[^`]+)` \|/gm)].map(([, flags]) => flags ?? '');

const program = await createProgram({ verbs: VERBS, open: () => assert.fail(), write: () => undefined }).command();

describe('docs/cli.md', () => {
  for (const command of program.commands) {
    it(`has ${command.name()} with the options it has, and no others`, () => {
      assert.notEqual(section(`orca ${command.name()}`), '');
      assert.deepEqual(
        optionsIn(`orca ${command.name()}`),
        command.options.map(({ flags }) => flags),
      );
    });
  }

  it('has no verb that is not there', () => {
    const headings = [...page.matchAll(/^## orca (\S+)$/gm)].map(([, name]) => name);
    assert.deepEqual(headings.sort(), program.commands.map((command) => command.name()).sort());
  });

  it('has the options of every verb', () => {
    assert.deepEqual(
      optionsIn('Options of every verb').sort(),
      [...program.options.map(({ flags }) => flags), '-h, --help'].sort(),
    );
  });

  it('has every word that ps has for a task', () => {
    const words = TASK_STATES.flatMap((state) => HEALTH_WORDS.map((health) => taskWord({ state, health })));
    for (const word of words) {
      assert.ok(section('orca ps').includes(`\`${word}\``), word);
      assert.ok(SERVICE_WORDS.includes(word), `${word} is a word of status`);
    }
  });

  it('has every exit code with its meaning', () => {
    const rows = [...section('Exit codes').matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [
      code,
      meaning,
    ]);
    assert.deepEqual(rows, Object.entries(EXIT_MEANING));
  });
});

describe('the help of a verb', () => {
  for (const command of program.commands.filter((one) => VERBS.some(({ name, load }) => load && name === one.name()))) {
    it(`of ${command.name()} ends with an example`, () => {
      let text = '';
      command.configureOutput({
        writeOut: (more) => {
          text += more;
        },
      });
      command.outputHelp();
      assert.match(text, new RegExp(`\\nExamples:\\n( {2}orca ${command.name()}.*\\n)+$`));
    });
  }
});
