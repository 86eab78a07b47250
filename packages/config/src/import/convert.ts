import { ConfigError, type FileProblem } from '../error.ts';
import { parseConfig } from '../load.ts';
import { writeAbout } from './about.ts';
import { type Draft, findingOf, openDraft } from './draft.ts';
import type { Carried, Finding } from './finding.ts';
import { openLayers } from './layers.ts';
import { tellLeftovers } from './leftovers.ts';
import { type OldDocument, type OldFile, type OldForm, readOldFile } from './old-file.ts';
import type { OldMap } from './old-tree.ts';
import { type SecretPlace, secretPlaces } from './secret-places.ts';
import { targetsOf } from './targets.ts';
import { writeContainers } from './to-containers.ts';
import { writeDlrn } from './to-dlrn.ts';
import { clientsOf, writeImages } from './to-images.ts';
import { writePhases } from './to-phases.ts';
import { proposePolicy, tellComments } from './waivers.ts';
import { writeConfig } from './write-config.ts';

/** A tagflow.yaml that was made of files of the old promoter, and an account of it. */
export interface Imported {
  /** The text of a tagflow.yaml that can be loaded. */
  readonly config: string;
  /** The text of a file for the policy folder, with proposals and nothing in force; null where there are none. */
  readonly policy: string | null;
  readonly forms: readonly { readonly file: string; readonly form: OldForm }[];
  readonly findings: readonly Finding[];
  readonly carried: readonly Carried[];
  readonly secrets: readonly SecretPlace[];
}

/** Values that are given beside the files, and win over them. */
export type Settings = Readonly<Record<string, string>>;

/**
 * Returns the tagflow.yaml of a release of the old promoter, and where each value of its files went. Pure.
 * @param files the release's own files and those with defaults, lowest layer first: the last one that has a key wins
 * @throws ConfigError `invalid-config` with the place of what cannot be read
 */
export function convertOldConfig(files: readonly OldFile[], settings: Settings = {}): Imported {
  const documents = readAll(files);
  const own = documents.filter(({ form }) => form !== 'defaults' && form !== 'excludes');
  const [main] = own;
  if (main === undefined) {
    const names = documents.map(({ name }) => name).join(', ');
    throw new ConfigError('invalid-config', `${names === '' ? 'no file' : names} names no label and no job`, {
      next: 'Give the file of a release, such as CentOS-9/master.yaml, and those with defaults as --defaults.',
    });
  }
  const findings: Finding[] = [];
  const layers = openLayers([settingsOf(settings), ...documents.toReversed()], (node, name) => {
    const why = `refers to ${name}, which no file says; the old promoter put nothing there`;
    findings.push(findingOf('changed', node, why, `Say it: --set ${name}=VALUE.`));
  });
  const draft = openDraft(layers, findings);
  const about = writeAbout(draft, main.name);
  writeDlrn(draft, about);
  const clients = clientsOf(draft);
  const targets = targetsOf(draft);
  const wholes = targets.filter(({ component, jobs }) => component === null && jobs.length > 0);
  const isPodified = documents.every(({ form }) => form === 'criteria' || form === 'defaults');
  const moved = {
    containers: wholes.length === 0 ? null : writeContainers(draft, about, clients),
    images: wholes.length === 0 || isPodified ? null : writeImages(draft, about, clients),
  };
  const phases = writePhases(draft, targets, moved);
  if (phases.length === 0) {
    throw new ConfigError(
      'invalid-config',
      `${main.name} has no label with a job in its criteria, so nothing can be promoted`,
      {
        next: 'Give a file with promotions, or with promote_from and a section of jobs for each label.',
      },
    );
  }
  const waivers = tellComments(draft, phases, findings);
  for (const { name } of phases) {
    const out = waivers
      .filter(({ phase }) => phase === name)
      .map(({ job, file, line }) => `- ${job}   ${file}:${line}`);
    if (out.length === 0) continue;
    const text = ['comments had taken these out; require them again, or leave them out for good', ...out].join('\n');
    draft.look(['phases', name, 'promote', 'criteria', 'all-of', 0], text);
  }
  tellLeftovers(draft);
  const header = `Made by tagflow import-config of ${documents.map(({ name }) => name).join(', ')}. Look at every LOOK, then take it out.`;
  const config = writeConfig(draft.data, draft.looks, header);
  check(config, draft, main);
  return {
    config,
    policy: proposePolicy(waivers, about.release),
    forms: documents.map(({ name, form }) => ({ file: name, form })),
    findings: sorted(findings, documents),
    carried: draft.carried.map(({ file, line, key, to }) => ({ file, line, key, to })),
    secrets: secretPlaces,
  };
}

/** Reads all files, so that all that is wrong is told at once. */
function readAll(files: readonly OldFile[]): readonly OldDocument[] {
  const problems: FileProblem[] = [];
  const documents = files.flatMap((file) => {
    try {
      return [readOldFile(file)];
    } catch (error) {
      if (!(error instanceof ConfigError) || error.problems.length === 0) throw error;
      problems.push(...error.problems.map((problem) => ({ ...problem, file: file.name })));
      return [];
    }
  });
  if (problems.length > 0) throw cannotRead(problems);
  return documents;
}

function cannotRead(problems: readonly FileProblem[]): ConfigError {
  const lines = problems.map(
    ({ file, line, column, path, message }) => `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
  );
  const count = lines.length === 1 ? 'one thing' : `${lines.length} things`;
  return new ConfigError('invalid-config', [`${count} in the old files cannot be carried over`, ...lines].join('\n'), {
    problems,
    next: 'Correct the old file, or give the value with --set; nothing was written.',
  });
}

function settingsOf(settings: Settings): OldDocument {
  const entries = Object.entries(settings).map(([key, value]) => {
    const place = { file: '--set', path: [key], line: 1, column: 1 };
    return [key, { ...place, kind: 'scalar', value }] as const;
  });
  const root: OldMap = { kind: 'map', file: '--set', path: [], line: 1, column: 1, entries: new Map(entries) };
  return { name: '--set', form: 'defaults', root, comments: [], repeated: [] };
}

/** What is wrong in the new file is told of the old one it comes from. */
function check(config: string, { carried }: Draft, main: OldDocument): void {
  try {
    parseConfig(config, 'tagflow.yaml');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw cannotRead(
      error.problems.map(({ path, message }) => {
        const origin = carried
          .filter(({ to }) => path === to || path.startsWith(`${to}.`) || path.startsWith(`${to}[`))
          .at(-1);
        const { file, line, key } = origin ?? { file: main.name, line: 1, key: path };
        return { file, line, column: 1, path: key, message };
      }),
    );
  }
}

function sorted(findings: readonly Finding[], documents: readonly OldDocument[]): readonly Finding[] {
  const rank = ({ file }: Finding): number =>
    file === null ? Infinity : documents.findLastIndex(({ name }) => name === file);
  return findings.toSorted((a, b) => rank(b) - rank(a) || (a.line ?? 0) - (b.line ?? 0));
}
