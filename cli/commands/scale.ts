import { MAX_REPLICAS } from '../bounds.ts';
import { EXIT } from '../exit-codes.ts';
import { inTurn, lookUp } from '../in-turn.ts';
import { usage } from '../output/error.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
}

export const scale: Verb<Options> = {
  define: (command) =>
    command
      .argument('<service=count...>', 'how many replicas each shall have; 0 stops it')
      .option('-p, --project <name>', 'where the services are')
      .addHelpText(
        'after',
        examples(['orca scale web=3', 'three tasks of web'], ['orca scale web=3 api=2', 'of several']),
      ),

  run: async (session, args, { project }) => {
    const { output } = session;
    const wishes = args.map(parseWish);
    const client = await session.client();
    const targets = await lookUp(
      client,
      wishes.map(({ reference }) => reference),
      project,
    );
    const counts = targets.map((target, index) => ({ ...target, replicas: wishes[index]?.replicas ?? 0 }));
    await inTurn(counts, async ({ name, replicas, project: where }) => {
      const scaled = await client.scale(name, replicas, where);
      if (output.json) await output.emit(scaled);
      else await output.print(scaledText(scaled));
    });
    return EXIT.done;
  },
};

interface Wish {
  /** `web` or `shop/web`. */
  readonly reference: string;
  readonly replicas: number;
}

function parseWish(text: string): Wish {
  const [, reference = '', number = ''] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  if (reference === '') throw usage(`cannot scale by "${text}"`, 'it looks like web=3');
  if (Number(number) > MAX_REPLICAS)
    throw usage(`cannot scale by "${text}"`, `a service has at most ${MAX_REPLICAS} replicas`);
  return { reference, replicas: Number(number) };
}

interface Scaled {
  readonly service: string;
  readonly replicas: number;
  readonly previous: number;
  readonly scaled_from: number | null;
}

function scaledText({ service, replicas, previous, scaled_from }: Scaled): string {
  if (replicas === previous) return `${service} has ${replicas} already`;
  const until = scaled_from === null ? '' : `, until the count in the file (${scaled_from}) changes`;
  return `${service}: ${previous} -> ${replicas}${until}`;
}
