// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are templates
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { createStandingReader, decide } from '../../../src/api/deploying/standing.ts';
import { takeTerm } from '../../../src/controllers/cluster.ts';
import { readRecords } from '../../../src/controllers/services/records.ts';
import { sightOf } from '../../../src/controllers/services/sight.ts';
import { canonicalJson, containerHash } from '../../../src/core/model/container-hash.ts';
import { parseServices } from '../../../src/core/model/schema/parse-services.ts';
import { mapTemplates, textOf } from '../../../src/core/model/templates.ts';
import { planService } from '../../../src/core/rollout/plan-service.ts';
import { allOn } from '../../../src/core/schedule/placing.ts';
import { createIdentity } from '../../../src/identity/authenticate.ts';
import { loadManifest } from '../../../src/manifest/load.ts';
import { refuseNewer } from '../../../src/store/refuse-newer.ts';
import type { State } from '../../../src/store/state.ts';
import { endOf, FOLDERS, openFolder, pathIn, readJson, worldOf } from './folder.ts';

test('there is a data folder of each version', () => {
  assert.ok(FOLDERS.includes('data-folder-0.1'));
});

for (const folder of FOLDERS) {
  suite(`the data folder ${folder}`, () => {
    test('has records of every kind, and each is read', async (t) => {
      const state = await openFolder(t, folder);
      await refuseNewer(state);
      for (const name of ['services', 'revisions', 'deployments', 'tasks', 'nodes', 'tokens', 'cluster'] as const)
        assert.ok((await state[name].list()).length > 0, name);
      const { entries } = await state.store.range({ prefix: `${state.events.prefix}/` });
      assert.ok(entries.length > 0);
      for (const entry of entries) assert.ok(state.events.read(entry)?.value.reason);
    });

    test('has deployments of every outcome, tasks that run and that ended, tokens of every role', async (t) => {
      const state = await openFolder(t, folder);
      const of = <T>(all: readonly { readonly value: T }[], wordOf: (value: T) => string) =>
        [...new Set(all.map(({ value }) => wordOf(value)))].sort();
      const words = of(await state.deployments.list(), (deployment) => deployment.state);
      assert.deepEqual(words, ['failed', 'rolled-back', 'running', 'succeeded']);
      assert.deepEqual(
        of(await state.tasks.list(), ({ phase }) => phase),
        ['ended', 'run'],
      );
      assert.deepEqual(
        of(await state.tokens.list(), ({ role }) => role),
        ['admin', 'deployer', 'viewer'],
      );
    });

    test('tokens are what they were', async (t) => {
      const state = await openFolder(t, folder);
      const identity = createIdentity({ state, clock: { now: () => Date.UTC(2027, 0, 1) } });
      const admin = await identity.authenticate(readFileSync(pathIn(folder, 'admin.token'), 'utf8').trim());
      assert.equal(admin.role, 'admin');
      assert.equal((await identity.authenticate('orca_fixture-watcher')).role, 'viewer');
      assert.deepEqual((await identity.authenticate('orca_fixture-deployer')).projects, ['shop']);
      assert.equal((await identity.authenticate('orca_fixture-second-admin')).role, 'admin');
      await assert.rejects(identity.authenticate('orca_fixture-expired'), { code: 'unauthorized' });
    });

    test('a container is still known by the hash it was made with', async (t) => {
      const state = await openFolder(t, folder);
      const revisions = (await state.revisions.list()).map(({ value }) => value);
      const hashed = revisions.filter(({ hash }) => hash !== undefined);
      assert.ok(hashed.length > 5);
      for (const { service, number, spec, image, hash } of hashed)
        assert.equal(image && containerHash(spec, image), hash, `${service} ${number}`);
    });

    test('text is what it was: templates of today, in which each dollar stands for itself', async (t) => {
      const state = await openFolder(t, folder);
      const spec = (await state.revisions.get('shop', 'web', 2))?.value.spec;
      assert.ok(spec);
      assert.deepEqual(
        ['PRICE', 'NO_REFERENCE', 'DOUBLE'].map((name) => spec.env[name]),
        ['$$5 and 10 $$', '$${secrets.KEY} $${env.KEY}', '$$$$'],
      );
      const { env, labels } = mapTemplates(spec, textOf);
      const value = (readJson(folder, 'environment.json') as Record<string, string>)['LAB_VALUE'];
      assert.deepEqual([env['FROM_ENV'], labels['team.price']], [value, `$9 ${value}`]);
      assert.equal(env['FROM_FILE'], 'costs $5, not ${secrets.COST} nor ${env.COST}');
      assert.deepEqual([spec.health?.path, spec.routes[1]?.path], ['/healthz?price=$1', '/a$b']);
    });

    test('nothing that runs is touched: no plan has a step', async (t) => {
      const state = await openFolder(t, folder);
      const now = await endOf(state);
      const tasks = (await state.tasks.list()).map(({ value }) => value);
      const world = worldOf(folder, new Set(tasks.filter(({ routed }) => routed).map(({ id }) => id)));
      for (const { value } of await state.services.list()) {
        const records = await readRecords(state, value.project, value.name);
        assert.ok(records);
        const { steps } = planService({ ...sightOf(records, world), ...MEANS }, now);
        assert.deepEqual(steps, [], `${value.project}/${value.name}`);
      }
    });

    test('what was deployed, deployed again, is unchanged', async (t) => {
      const state = await openFolder(t, folder);
      for (const spec of await specsOf(folder)) {
        const { current, admission } = await deployAgain(state, spec);
        assert.equal(canonicalJson(current.spec), canonicalJson(spec));
        assert.equal(admission.action, 'none', `${spec.name}: ${admission.reason}`);
      }
    });

    test('a change that reaches no container still reaches none', async (t) => {
      const state = await openFolder(t, folder);
      const web = (await specsOf(folder)).find(({ name }) => name === 'web');
      assert.ok(web);
      const { admission } = await deployAgain(state, { ...web, drainTimeout: web.drainTimeout + 1 });
      assert.equal(admission.action, 'update', admission.reason);
    });

    test('a server goes on in it: the next term, the next deployment', async (t) => {
      const state = await openFolder(t, folder);
      const before = (await state.cluster.get('identity'))?.value.id;
      const { id, term } = await takeTerm(state, () => assert.fail('a new id'));
      assert.deepEqual([id, term], [before, 2]);
      assert.equal((await takeTerm(state, () => assert.fail('a new id'))).term, 3);
    });
  });
}

const MEANS = {
  images: new Map([['local', 'present' as const]]),
  tableSettled: true,
  nodes: [{ id: 'local', name: 'local' }],
  place: allOn({ id: 'local', name: 'local' }),
};

/** As the CLI reads and the server parses them today. */
async function specsOf(folder: string) {
  const env = readJson(folder, 'environment.json') as Record<string, string>;
  const { services } = loadManifest(pathIn(folder, 'orca.yml'), { env });
  const parsed = parseServices({ services });
  assert.ok(parsed.ok);
  return parsed.specs;
}

async function deployAgain(state: State, spec: Awaited<ReturnType<typeof specsOf>>[number]) {
  const standing = await createStandingReader(state)(spec);
  const current = standing.revisions.find(({ number }) => number === standing.service?.value.revision);
  assert.ok(current);
  const wish = {
    spec,
    request: [spec],
    mayDeployTo: () => true,
    looksOnly: false,
    image: current.image,
    needsPull: false,
    warnings: [],
  };
  const paused = standing.service?.value.paused;
  const service = standing.service && { ...standing.service, value: { ...standing.service.value, paused: false } };
  return { current, admission: decide(paused ? { ...standing, service } : standing, wish, { now: 0 }) };
}
