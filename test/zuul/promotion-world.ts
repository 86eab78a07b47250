import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Lab, type LabCall, type LabWatch, startLab } from '@tagflow/lab';
import { parse, stringify } from 'yaml';
import { root } from '../../scripts/workspaces.ts';
import { startLogServer } from './log-server.ts';
import { type RealZuul, startZuul } from './real-zuul.ts';
import { makeRepository } from './repositories.ts';

/** A Zuul whose tenant promotes the builds of a lab: a config project, tagflow, and a project with tagflow.yaml. */
export interface PromotionWorld {
  readonly lab: Lab;
  readonly zuul: RealZuul;
  /** Every call to DLRN, registries and image stores, as it comes. */
  readonly calls: readonly LabCall[];
  /** What may appear in no log and no result, by its name. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Where the log server's files are. */
  readonly logs: string;
  close(): Promise<void>;
}

/** The configuration that docs/zuul.md shows. */
const configProject = join(import.meta.dirname, 'config-project');
/** What Zuul reads of tagflow's own repository. */
const published = ['dist', 'roles', 'playbooks', 'zuul.d'];

/** Starts all of it. The pipeline of upstream has a timer of a few seconds, and begins at once. */
export async function startPromotionWorld(): Promise<PromotionWorld> {
  await using started = new AsyncDisposableStack();
  const keep = <Server extends { close(): Promise<void> }>(server: Server): Server => {
    started.defer(() => server.close());
    return server;
  };
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tagflow-promotions-')));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const [gitRoot, logs] = [join(folder, 'git'), join(folder, 'logs')];
  const paths = { config: join(gitRoot, 'zuul-config'), tagflow: join(gitRoot, 'tagflow') };
  await cp(configProject, paths.config, { recursive: true });
  const pipelines = join(paths.config, 'zuul.d/pipelines.yaml');
  await writeFile(pipelines, timers(await readFile(pipelines, 'utf8')));
  for (const name of published) await cp(join(root, name), join(paths.tagflow, name), { recursive: true });

  const self = [process.execPath, join(paths.tagflow, 'dist/tagflow.js')];
  const calls: LabCall[] = [];
  const watch: LabWatch = (call, serve) => {
    calls.push(call);
    return serve();
  };
  const lab = keep(await startLab({ self, watch, containers: 3, imageBytes: 1 << 17, sftp: true }));
  const logServer = keep(await startLogServer(logs));
  const config = await makeRepository(paths.config);
  await makeRepository(paths.tagflow);
  const promotions = join(gitRoot, 'promotions');
  await mkdir(promotions);
  await writeFile(join(promotions, 'tagflow.yaml'), withoutLogs(lab.config()));
  await cp(lab.env()['TAGFLOW_KNOWN_HOSTS'] ?? '', join(promotions, 'known_hosts'));
  const project = await makeRepository(promotions);

  const zuul = keep(
    await startZuul({
      ...{ gitRoot, configProject: 'zuul-config', projects: ['tagflow', 'promotions'] },
      siteVariables: { site_logs_folder: logs, site_logs_url: logServer.url },
      // Node, and the program of the commands in the lab's tagflow.yaml.
      readable: [dirname(dirname(process.execPath)), paths.tagflow],
      // The ledger and the image stores that are folders; and the log server's.
      trustedWritable: [await realpath(lab.root), logs],
    }),
  );
  const { stanzas, secrets } = await secretsOf(lab, zuul);
  await config.commit({ 'zuul.d/secrets.yaml': stanzas });
  await zuul.until('configuration without errors', async () =>
    (await zuul.api.configErrors()).length === 0 ? true : null,
  );
  await project.commit({ 'zuul.d/project.yaml': projectYaml(zuul) });
  const servers = started.move();
  return { lab, zuul, calls, secrets, logs, close: () => servers.disposeAsync() };
}

/** Zuul keeps the logs of its jobs itself, and a vote names the page of the build. */
function withoutLogs(config: string): string {
  const { logs: _logs, ...rest } = parse(config) as Readonly<Record<string, unknown>>;
  return stringify(rest, { lineWidth: 0 });
}

/** The template of every phase. Those of other phases only have to be understood: their timers do not come. */
const templates = [
  ...['tagflow-upstream', 'tagflow-upstream-test', 'tagflow-upstream-promoter', 'tagflow-component'],
  ...['tagflow-rdo-phase-1', 'tagflow-rdo-phase-2', 'tagflow-osp-phase-0'],
];

function projectYaml(zuul: RealZuul): string {
  const vars = { promotion_node: process.execPath, tagflow_zuul_url: zuul.url, tagflow_known_hosts: 'known_hosts' };
  return JSON.stringify([{ project: { vars, templates } }]);
}

function timers(pipelines: string): string {
  const never = pipelines.replaceAll(/time: '[^']*'/g, "time: '0 0 29 2 *'");
  const [before, after] = [
    never.split('name: tagflow-upstream\n')[0] ?? '',
    never.split('name: tagflow-upstream\n')[1],
  ];
  if (after === undefined) throw new Error('the config project has no pipeline tagflow-upstream');
  return `${before}name: tagflow-upstream\n${after.replace("'0 0 29 2 *'", "'* * * * * */5'")}`;
}

/** Encrypts what the config project's jobs need, with the key that Zuul made for it. */
async function secretsOf(
  lab: Lab,
  zuul: RealZuul,
): Promise<{ readonly stanzas: string; readonly secrets: ReadonlyMap<string, string> }> {
  const { REGISTRY_AUTH_FILE = '', TAGFLOW_SSH_KEY_FILE = '' } = lab.env();
  const auth = (await readFile(REGISTRY_AUTH_FILE, 'utf8')).trim();
  const key = await readFile(TAGFLOW_SSH_KEY_FILE, 'utf8');
  const { username, password, apiUrl } = lab.dlrn;
  const stanza = async (name: string, values: Readonly<Record<string, string>>): Promise<string> => {
    const lines = [`- secret:`, `    name: ${name}`, `    data:`];
    for (const [each, value] of Object.entries(values)) {
      lines.push(`      ${each}: ${await zuul.api.encrypt('zuul-config', value)}`);
    }
    return `${lines.join('\n')}\n`;
  };
  const promotion = await stanza('tagflow-promotion', { password, 'registry-auth': auth, 'ssh-key': key });
  const vote = await stanza('tagflow-vote', { 'dlrn-url': apiUrl, username, password });
  return {
    stanzas: promotion + vote,
    secrets: new Map([
      ['password of DLRN', password],
      ['the same in base64', Buffer.from(`${username}:${password}`).toString('base64')],
      ['login of the registry', /"auth":"([^"]+)"/.exec(auth)?.[1] ?? ''],
      ['line of the key', key.split('\n')[2] ?? ''],
    ]),
  };
}
