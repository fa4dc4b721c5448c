import { EXIT } from '../exit-codes.ts';
import { readManifest } from '../manifest-file.ts';
import { count, list } from '../output/words.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly schema?: boolean;
}

export const validate: Verb<Options> = {
  readsManifest: true,

  define: (command) =>
    command
      .argument('[file]', 'the manifest (default: ./orca.yml)')
      .option('--schema', 'print the JSON Schema of the manifest, for editors')
      .addHelpText(
        'after',
        examples(
          ['orca validate', 'every error of ./orca.yml at once'],
          ['orca validate --schema > orca.schema.json', 'for an editor'],
        ),
      ),

  run: async (session, [file], { schema }) => {
    const { output } = session;
    if (schema) {
      const { manifestJsonSchema } = await import('../../src/manifest/json-schema.ts');
      await output.print(JSON.stringify(manifestJsonSchema(), undefined, 2));
      return EXIT.done;
    }
    const { path, services } = await readManifest(session, { file });
    const projects = [...new Set(services.map(({ project }) => project))];
    if (output.json) await output.emit({ valid: true, file: path, services });
    else await output.print(`${path} is valid: ${count(services.length, 'service')} in project ${list(projects)}`);
    return EXIT.done;
  },
};
