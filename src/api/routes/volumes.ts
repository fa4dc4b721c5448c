import { removeVolume as removeEndpoint, volumes } from '../../contract/volumes.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';
import { type ListOptions, listVolumes } from '../volumes/list.ts';
import { removeVolume } from '../volumes/remove.ts';

export function volumeRoutes(options: ListOptions): readonly Route[] {
  return [
    route(volumes, async ({ caller, query }) => ok({ volumes: await listVolumes(options, caller, query) })),
    route(removeEndpoint, async ({ caller, params }) => {
      const { volume, removed } = await removeVolume(options, caller, params.name);
      const { name, project } = volume;
      const text = removed ? `removed the volume ${name}` : `the volume ${name} was gone already, and is forgotten`;
      return ok({ ok: text, name, project, removed });
    }),
  ];
}
