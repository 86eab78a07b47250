import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type AnyAction, defineAction, KitError } from '@tagflow/action-kit';
import { type Finding, type Imported, importOldConfig, type OldFile } from '@tagflow/config';
import { canonicalJson, messageOf } from '@tagflow/model';
import type { ReaderHost } from './set-inputs.ts';

/** Returns the action behind `tagflow import-config`: a tagflow.yaml of the files of the old promoter. */
export function createImportConfigAction({ cwd, write }: ReaderHost): AnyAction {
  return defineAction({
    name: 'import-config',
    description:
      'Makes a tagflow.yaml of the files of the old promoter, and lists what it could not carry over. Asks no server.',
    inputs: {
      file: {
        type: 'list',
        description:
          'The files of one release: INI of 2017 to 2020, YAML with promotions, criteria of components, of current-podified, ' +
          'or what tripleo-ci excludes. Their form is told by what is in them; of several, the last one that has a key wins.',
      },
      defaults: {
        type: 'list',
        description:
          'Files with defaults, below all others: global_defaults.yaml, then the defaults.yaml of an environment.',
      },
      set: { type: 'list', description: 'What wins over all files, each KEY=VALUE, such as release=master.' },
      out: {
        type: 'path',
        description:
          'The tagflow.yaml that is written, and never over one that is there. Default: stderr, and the output config.',
      },
      'policy-out': {
        type: 'path',
        description:
          'With out: the file for jobs that comments had taken out, as proposals of which none is in force. Default: policy/old-promoter.yaml beside out.',
      },
    },
    outputs: {
      config: 'The file that was written, or its text.',
      policy: 'The file with proposals of waivers, or its text; not there where nothing was commented out.',
      findings: 'JSON: what a person has to know, each with kind, file, line, key, value, why and todo.',
      carried: 'JSON: each value that tagflow.yaml has, with file, line, key, and where it is now.',
      secrets: 'JSON: where each secret of the old promoter goes at GitHub, in Zuul and on a command line.',
    },
    async run(values, { dryRun, log }) {
      const usage = 'tagflow import-config [--defaults FILE ...] FILE [FILE ...]';
      if (values.file.length === 0) throw invalid(`no file is named: ${usage}`);
      const files = [
        ...(await readAll(values.defaults, cwd)).map((file) => ({ ...file, isDefaults: true })),
        ...(await readAll(values.file, cwd)),
      ];
      const imported = await importOldConfig(files, Object.fromEntries(values.set.map(pairOf)));
      for (const finding of imported.findings) write(`${formatFinding(finding)}\n`);
      const counted = summarize(imported);
      const { findings, carried, secrets } = imported;
      const outputs = {
        findings: canonicalJson(findings),
        carried: canonicalJson(carried),
        secrets: canonicalJson(secrets),
      };
      if (values.out === undefined || dryRun) {
        write(`\n${imported.config}${imported.policy === null ? '' : `\n${imported.policy}`}`);
        const policy = imported.policy === null ? {} : { policy: imported.policy };
        return {
          outcome: values.out === undefined ? 'done' : 'planned',
          message: counted,
          outputs: { ...outputs, config: imported.config, ...policy },
        };
      }
      const out = resolve(cwd, values.out);
      const policyOut = resolve(cwd, values['policy-out'] ?? join(dirname(out), 'policy', 'old-promoter.yaml'));
      const { config, policy } = imported;
      await writeNew([
        { input: 'out', path: out, text: config },
        ...(policy === null ? [] : [{ input: 'policy-out', path: policyOut, text: policy }]),
      ]);
      log.info(`look at each LOOK in ${out}, and at what is listed above`);
      return {
        outcome: 'done',
        message: counted,
        outputs: { ...outputs, config: out, ...(imported.policy === null ? {} : { policy: policyOut }) },
      };
    },
  });
}

/** Names stay as they were given: findings are read beside the command line. */
async function readAll(names: readonly string[], cwd: string): Promise<readonly OldFile[]> {
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(resolve(cwd, name), 'utf8').catch((cause: unknown) => {
        throw invalid(`${name} cannot be read: ${messageOf(cause)}`, cause);
      });
      return { name, text };
    }),
  );
}

/** Writes all of them, or none where one is there. */
async function writeNew(files: readonly { readonly input: string; readonly path: string; readonly text: string }[]) {
  const there = await Promise.all(files.map(({ path }) => stat(path).then(Boolean, () => false)));
  const problems = files
    .filter((_file, index) => there[index])
    .map(({ input, path }) => `input "${input}": ${path} is there already, and somebody may have worked on it`);
  if (problems.length > 0) throw invalid(problems.join('; '));
  for (const { input, path, text } of files) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text, { flag: 'wx' });
    } catch (cause) {
      throw invalid(`input "${input}": ${path} cannot be written: ${messageOf(cause)}`, cause);
    }
  }
}

function formatFinding({ kind, file, line, key, value, why, todo }: Finding): string {
  const where = file === null ? '' : `${file}:${line}: `;
  const shown = value === '' ? key : `${key}: ${value}`;
  return `${kind.padEnd(11)} ${where}${shown}\n            ${why}${todo === '' ? '' : `${/^[a-z]/.test(todo) ? ';' : '.'} ${todo}`}`;
}

function summarize({ carried, findings, forms }: Imported): string {
  const values = new Set(carried.map(({ file, key }) => `${file} ${key}`)).size;
  const count = (kind: Finding['kind']): number => findings.filter((finding) => finding.kind === kind).length;
  const files = forms.length === 1 ? 'one file' : `${forms.length} files`;
  return (
    `${values} values of ${files} carried over; ${count('guessed')} guessed, ${count('changed')} changed, ` +
    `${count('not-carried')} not carried, ${count('waiver')} waivers, ${count('secret')} secrets`
  );
}

function pairOf(text: string): [string, string] {
  const { name, value } = /^(?<name>\w+)=(?<value>.*)$/su.exec(text)?.groups ?? {};
  if (name === undefined || value === undefined)
    throw invalid('input "set": each is KEY=VALUE, such as release=master');
  return [name, value];
}

function invalid(message: string, cause?: unknown): KitError {
  return new KitError('invalid-inputs', [message], { outcome: 'invalid', ...(cause === undefined ? {} : { cause }) });
}
