import { download } from '../copy/download.ts';
import { ofFiles } from '../copy/file-errors.ts';
import { parseSide, type RemoteSide } from '../copy/place.ts';
import { upload } from '../copy/upload.ts';
import { usage } from '../output/error.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly task?: string;
  readonly archive?: boolean;
}

export const cp: Verb<Options> = {
  define: (command) =>
    command
      .argument('<source>', 'web:/path, web.2:/path, shop/web:/path; a path here; or - for a tar archive on stdin')
      .argument('<target>', 'the same; - writes a tar archive to stdout')
      .option('-p, --project <name>', 'where the service is')
      .option('--task <task>', "in this task's container: an id, a slot's number, or web.2 (default: one that serves)")
      .option('-a, --archive', 'keep owner ids and set-user-id bits')
      .addHelpText(
        'after',
        '\nInto a folder that exists, else under the name that you write; `dir/.` is what is in the folder. What you copy into a container is lost\nwith the container: volumes keep it.',
      )
      .addHelpText(
        'after',
        examples(
          ['orca cp web:/app/log.txt .', 'a file out of a container of web'],
          ['orca cp ./seed db:/tmp', 'a folder into a container of db, as /tmp/seed'],
          ['orca cp web.2:/data/. backup', 'what is in /data of slot 2, into backup'],
          ['orca cp web:/data - | tar t', 'as an archive'],
        ),
      ),

  run: async (session, [source = '', target = ''], { archive = false, ...given }) => {
    const [from, to] = [parseSide(source, given), parseSide(target, given)];
    const options = { archive };
    if (from.side === 'remote' && to.side === 'remote') throw between(from);
    if (from.side === 'remote' && to.side !== 'remote') return ofFiles(() => download(session, from, to, options));
    if (to.side === 'remote' && from.side !== 'remote') return ofFiles(() => upload(session, from, to, options));
    throw usage('neither of them is in a container', 'write one as SERVICE:PATH, such as web:/data');
  },
};

const between = ({ service }: RemoteSide) =>
  usage(
    'both of them are in containers',
    `copy by way of a pipe: orca cp ${service}:/path - | orca cp - SERVICE:/path`,
  );
