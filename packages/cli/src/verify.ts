import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type ActionContext, defineAction, type InputValues, KitError } from '@tagflow/action-kit';
import { type ArtifactSet, type Check, type FullHash, isFullHash, messageOf, parseFullHash } from '@tagflow/model';
import { readSet } from '@tagflow/promotion';
import {
  type ContainersAt,
  containersIn,
  type ImagesAt,
  imagesIn,
  operandForms,
  publishedPlaces,
  resolveSet,
  type SetPlaces,
  verifyDepths,
  verifySet,
} from '@tagflow/wiring';
import { openPlacesOf, type ReaderHost, setInputs } from './set-inputs.ts';
import { formatChecksJunit } from './verify-junit.ts';
import { failuresOf, formatCheck, formatLeftOut, sentenceOf, summarize } from './verify-report.ts';

const inputs = {
  set: {
    type: 'string',
    description:
      'A full hash, a label, LABEL@DATE, or a set.json or plan.json. Default, unless full-hash or repo-url is given: ' +
      'the file that TAGFLOW_SET names.',
  },
  'full-hash': { type: 'string', description: 'The hash that is tested. Default: TAGFLOW_FULL_HASH, as for set.' },
  'repo-url': {
    type: 'url',
    description: 'The immutable directory of the hash. Default: TAGFLOW_REPO_URL, as for set; or what is known of it.',
  },
  ...setInputs,
  'containers-at': {
    type: 'list',
    description:
      'Where the containers are: registries with a namespace, or names of registries of tagflow.yaml. Default: every ' +
      'registry of tagflow.yaml where the set is published.',
  },
  'container-names': {
    type: 'string',
    default: '{name}',
    description:
      'What containers are called there, such as openstack-{name}. Registries of tagflow.yaml say it themselves.',
  },
  'images-at': {
    type: 'list',
    description:
      'Where the images are: directories of the hash as file:, http: or sftp: URLs, {hash} standing for the hash; or ' +
      'names of image stores of tagflow.yaml. Default: every image store of tagflow.yaml where the set is published.',
  },
  visibility: {
    type: 'enum',
    options: ['public', 'internal'],
    default: 'public',
    description: 'Whose readers images-at has: images for insiders are looked for only where internal is said.',
  },
  depth: {
    type: 'enum',
    options: verifyDepths,
    default: 'sample',
    description:
      'quick: metadata, manifests, sizes and checksum files. sample: also whether each package and layer is there, some ' +
      'packages whole, and every image whole. full: all bytes of everything.',
  },
  'hash-labels': {
    type: 'list',
    description:
      'Labels of containers that have to name the hash where they name one. Default: tcib_build_tag, lab.full-hash, ' +
      'org.opencontainers.image.revision.',
  },
  junit: {
    type: 'path',
    description: 'Where a JUnit XML of it goes. Default: verify.xml in the folder that TAGFLOW_RESULTS_DIR names.',
  },
} as const;

type Values = InputValues<typeof inputs>;

/** Returns the action behind `tagflow verify`. */
export function createVerifyAction(host: ReaderHost) {
  return defineAction({
    name: 'verify',
    description:
      'Reads a whole set where it is served and checks it: repository metadata and packages, containers with their ' +
      'layers, disk images. Changes nothing.',
    inputs,
    outputs: {
      'full-hash': 'The hash that was tested.',
      checks: 'How many checks were made.',
      failures: 'What is wrong, as a JSON list of kind, subject and detail; empty when nothing is.',
      bytes: 'How many bytes were read.',
      junit: 'The file with the JUnit XML.',
    },
    async run(values, context) {
      const places = await openPlacesOf(values, context, host);
      try {
        const asked = await findSubject(values, places, context, host);
        const where = await findPlaces(values, asked, places, host);
        const checks = await verifySet(
          {
            ...{ ...asked, ...where, depth: values.depth, env: context.env },
            hashLabels: values['hash-labels'].length === 0 ? undefined : values['hash-labels'],
            secrets: {
              registryAuth: values['registry-auth']?.reveal(),
              sshKey: values['ssh-key']?.reveal(),
              knownHosts: values['known-hosts'] && (await readFile(resolve(host.cwd, values['known-hosts']), 'utf8')),
            },
            onCheck: (check) => void host.write(`${formatCheck(check)}\n`),
          },
          context,
        );
        const unseen = formatLeftOut(asked.set, where);
        for (const note of unseen) host.write(`${note}\n`);
        const failures = failuresOf(checks);
        const message = summarize(asked.fullHash, checks);
        const junit = await writeJunit(values, asked.fullHash, [...new Set([...checks, ...failures])], context, host);
        return {
          outcome: failures.length === 0 ? 'done' : 'failed',
          message: [message, ...failures.map(sentenceOf), ...unseen].join('; '),
          outputs: {
            'full-hash': asked.fullHash,
            checks: String(checks.length),
            failures: JSON.stringify(failures.map(({ kind, subject, detail }) => ({ kind, subject, detail }))),
            bytes: String(checks.reduce((sum, { bytes }) => sum + bytes, 0)),
            ...(junit === null ? {} : { junit }),
          },
        };
      } finally {
        await places.close();
      }
    },
  });
}

/** What is tested. */
interface Subject {
  readonly fullHash: FullHash;
  readonly repoUrl: string | null;
  readonly set: ArtifactSet | null;
}

/** @throws KitError when nothing is named, ParseError for what is no hash, and what resolveSet throws */
async function findSubject(
  values: Values,
  places: SetPlaces,
  { env }: ActionContext,
  { cwd }: ReaderHost,
): Promise<Subject> {
  const isGiven = (values.set ?? values['full-hash'] ?? values['repo-url']) !== undefined;
  // Of one job: what it was not told itself is not mixed with what somebody typed.
  const given = (value: string | undefined, variable: string): string | undefined =>
    isGiven ? value : env(variable) || undefined;
  const hash = given(values['full-hash'], 'TAGFLOW_FULL_HASH');
  const repoUrl = given(values['repo-url']?.href, 'TAGFLOW_REPO_URL')?.replace(/\/+$/, '');
  const file = isGiven ? undefined : env('TAGFLOW_SET') || undefined;
  // A variable names a file, whatever the file is called.
  const named = values.set ?? (file === undefined ? undefined : resolve(cwd, file));
  const known = named ?? (repoUrl === undefined ? hash : undefined);
  if (known === undefined) {
    const last = repoUrl === undefined ? '' : basename(repoUrl);
    if (repoUrl === undefined || (hash === undefined && !isFullHash(last))) throw nothingNamed();
    return { fullHash: parseFullHash(hash ?? last), repoUrl, set: null };
  }
  const found = await resolveSet(known, places, { component: values.component, cwd });
  const set = found.set ?? (await readSet(places.places, found.fullHash));
  return {
    fullHash: hash === undefined ? found.fullHash : parseFullHash(hash),
    repoUrl: repoUrl ?? found.pinned?.repoUrl ?? set?.repository.url ?? null,
    set,
  };
}

function nothingNamed(): KitError {
  return new KitError('invalid-inputs', ['no set is named: tagflow verify SET, or full-hash and repo-url'], {
    outcome: 'invalid',
    next: `A set is ${operandForms}.`,
  });
}

interface Places {
  readonly containersAt: readonly ContainersAt[];
  readonly imagesAt: readonly ImagesAt[];
}

async function findPlaces(
  values: Values,
  { fullHash }: Subject,
  places: SetPlaces,
  { write }: ReaderHost,
): Promise<Places> {
  const { config } = places;
  const isNamed = (text: string, known: Readonly<Record<string, unknown>> | undefined): boolean =>
    known !== undefined && Object.hasOwn(known, text);
  const containersAt = values['containers-at'].map((text): ContainersAt =>
    config !== null && isNamed(text, config.registries)
      ? containersIn(config, text)
      : { url: text, namePattern: values['container-names'] },
  );
  const imagesAt = values['images-at'].map((text): ImagesAt =>
    config !== null && isNamed(text, config.imageStores)
      ? imagesIn(config, text, fullHash)
      : { url: text.replaceAll('{hash}', fullHash), directory: '', visibility: values.visibility },
  );
  for (const input of ['containers-at', 'images-at'] as const) refuseNames(input, values[input], config);
  if (containersAt.length + imagesAt.length > 0) return { containersAt, imagesAt };
  const published = await publishedPlaces(places, fullHash);
  for (const note of [...places.notes, ...published.notes]) write(`${note}\n`);
  return published;
}

/** A name that was mistyped is told before the first byte is read. */
function refuseNames(
  input: 'containers-at' | 'images-at',
  texts: readonly string[],
  config: SetPlaces['config'],
): void {
  const known = config === null ? [] : Object.keys(input === 'images-at' ? config.imageStores : config.registries);
  const unknown = texts.filter((text) => !/^[a-z][a-z0-9+.-]*:/i.test(text) && !known.includes(text));
  if (unknown.length === 0) return;
  const names = known.length === 0 ? 'config names none' : `config has ${known.join(', ')}`;
  const problem = `input "${input}": ${unknown.join(', ')} is no URL, and no name of config; ${names}`;
  throw new KitError('invalid-inputs', [problem], { outcome: 'invalid', next: 'Give a name, or a URL.' });
}

async function writeJunit(
  { junit }: Values,
  fullHash: FullHash,
  checks: readonly Check[],
  { dryRun, env }: ActionContext,
  { cwd }: ReaderHost,
): Promise<string | null> {
  const folder = env('TAGFLOW_RESULTS_DIR') || undefined;
  const wanted = junit ?? (folder === undefined ? undefined : join(folder, 'verify.xml'));
  if (wanted === undefined || dryRun) return null;
  const path = resolve(cwd, wanted);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, formatChecksJunit(fullHash, checks));
    return path;
  } catch (cause) {
    throw new KitError('invalid-inputs', [`input "junit": ${path} cannot be written: ${messageOf(cause)}`], {
      outcome: 'invalid',
      cause,
    });
  }
}
