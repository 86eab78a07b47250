import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { canonicalJson, messageOf } from '@tagflow/model';
import { buildLedger } from './build-ledger.ts';
import { buildPhase } from './build-phase.ts';
import { buildRunner } from './build-runner.ts';
import { checkContainers } from './check-containers.ts';
import { checkJobs } from './check-jobs.ts';
import { checkLayouts } from './check-layouts.ts';
import { checkPhases } from './check-phases.ts';
import { checkPlaces } from './check-places.ts';
import { checkRunners } from './check-runners.ts';
import { type Complaint, complaintsOf } from './complaints.ts';
import { readYaml, type YamlDocument } from './document.ts';
import { ConfigError, invalidConfig, type Problem } from './error.ts';
import { buildLayout } from './image-layouts.ts';
import { formatPath } from './path.ts';
import { resolvePath, resolveUrl } from './resolve.ts';
import { configSchema, jsonSchema, type RawConfig } from './schema.ts';
import type { Config } from './types.ts';

const defaultPolicy = 'policy';

/**
 * Returns the configuration in a file.
 * @throws ConfigError `unreadable`, or `invalid-config` with everything that is wrong in it
 */
export async function loadConfig(path: string): Promise<Config> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const why = messageOf(cause);
    throw new ConfigError('unreadable', `config ${path} cannot be read: ${why}`, {
      cause,
      next: 'Give the path of a tagflow.yaml as config.',
    });
  }
  return parseConfig(text, path);
}

/**
 * Returns the configuration in a text.
 * @param where the path of the file: named in errors, and relative paths are below its folder
 * @throws ConfigError `invalid-config` with everything that is wrong
 */
export function parseConfig(text: string, where: string): Config {
  const read = readYaml(text);
  if ('problems' in read) throw invalidConfig(where, read.problems);
  const { document } = read;
  const { data } = document;
  const checked = configSchema.safeParse(data, { reportInput: true });
  const config = { path: [], value: data };
  const complaints = [
    ...(checked.success ? [] : complaintsOf(checked.error.issues, jsonSchema())),
    ...checkPlaces(config),
    ...checkLayouts(config),
    ...checkContainers(config),
    ...checkPhases(config),
    ...checkJobs(config),
    ...checkRunners(config),
  ];
  if (!checked.success || complaints.length > 0) {
    throw invalidConfig(
      where,
      complaints.map((complaint) => locate(complaint, document)),
    );
  }
  const digest = `sha256:${createHash('sha256').update(canonicalJson(data)).digest('hex')}`;
  return build(checked.data, resolve(where), digest);
}

/**
 * Returns `sha256:` and the hex digest of what the file says, as canonical JSON: comments, order of keys and the place
 * of the file do not matter.
 */
export function configDigest(config: Config): string {
  return config.digest;
}

function locate({ path, key, message }: Complaint, document: YamlDocument): Problem {
  const position = key === undefined ? document.positionOf(path) : document.positionOfKey(path, key);
  return { ...position, path: formatPath(path), message };
}

function build(raw: RawConfig, file: string, digest: string): Config {
  const folder = dirname(file);
  return {
    file,
    folder,
    digest,
    release: raw.release,
    distro: raw.distro,
    dlrn: {
      apiUrl: raw.dlrn['api-url'],
      reposUrl: raw.dlrn['repos-url'],
      mode: raw.dlrn.mode,
      username: raw.dlrn.username ?? null,
      authMethod: raw.dlrn['auth-method'],
      serverPrincipal: raw.dlrn['server-principal'] ?? null,
      protectedReads: raw.dlrn['protected-reads'],
      plainHttp: raw.dlrn['plain-http'],
    },
    registries: mapNamed(raw.registries, (name, registry) => ({
      name,
      url: registry.url,
      namePattern: registry.names,
      visibility: registry.visibility,
      plainHttp: registry['plain-http'],
      caFile: registry.ca === undefined ? null : resolvePath(registry.ca, folder),
      createRepositories: registry['create-repositories'],
    })),
    imageStores: mapNamed(raw['image-stores'], (name, store) => ({
      name,
      url: resolveUrl(store.url, folder),
      readUrl: resolveUrl(store['read-url'] ?? store.url, folder),
      ...buildLayout({
        preset: store.layout,
        path: store.path,
        links: typeof store.link === 'string' ? [store.link] : store.link,
        buildSys: store['build-sys'],
        pin: store.pin,
        releaseName: store['release-name'],
      }),
      visibility: store.visibility,
      hostKey: store['host-key'] ?? null,
    })),
    ledger: buildLedger(raw.ledger, folder),
    runners: mapNamed(raw.runners, buildRunner),
    logs:
      raw.logs === undefined
        ? null
        : {
            url: resolveUrl(raw.logs.url, folder),
            readUrl: resolveUrl(raw.logs['read-url'] ?? raw.logs.url, folder),
            hostKey: raw.logs['host-key'] ?? null,
            visibility: raw.logs.visibility,
          },
    failurePatterns: raw['failure-patterns'].map((path) => resolvePath(path, folder)),
    owners: Object.entries(raw.owners).map(([pattern, owner]) => ({ pattern, owner })),
    policyFolder: { path: resolvePath(raw.policy ?? defaultPolicy, folder), explicit: raw.policy !== undefined },
    phases: mapNamed(raw.phases, (name, phase) => buildPhase(name, phase, folder)),
  };
}

function mapNamed<From, To>(
  values: Readonly<Record<string, From>>,
  map: (name: string, value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(name, value)]));
}
