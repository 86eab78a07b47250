import { spawn } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CliIo, nearest } from '@tagflow/action-kit';
import { dlrnFaults, type Lab, type LabOptions, startLab } from '@tagflow/lab';
import { exitCode, messageOf, TagflowError } from '@tagflow/model';

const flags = {
  mode: { type: 'string', default: 'classic' },
  scale: { type: 'string', default: 'small' },
  seed: { type: 'string', default: 'tagflow' },
  containers: { type: 'string' },
  sftp: { type: 'boolean', default: false },
  'dlrn-release': { type: 'string', default: 'R' },
  'dlrn-fault': { type: 'string', multiple: true },
  root: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

export const labHelp = `tagflow lab up [--mode classic|component] [--scale small|rdo] [--seed TEXT]
               [--containers N] [--sftp] [--root FOLDER] [--dlrn-release R|H]
               [--dlrn-fault NAME:LABEL ...] [-- COMMAND ...]

Starts a DLRN, two registries, an image server and a CI on 127.0.0.1, with a
ready tagflow.yaml. Without a command it prints the file and keeps running until
Ctrl-C. With one, it runs the command with TAGFLOW_CONFIG and the lab's
credentials in its environment, and ends with the command's exit code.

The DLRN answers like 0.26.1 (R) or like what came after it (H). It can have the
defects of the real one for a label: ${dlrnFaults.slice(0, 2).join(', ')},
${dlrnFaults.slice(2).join(', ')}.
`;

/** Throws what is to be said of a word after `tagflow lab` that is no command. `known` are those that there are. */
export function refuseLabCommand(word: string, known: readonly string[]): never {
  const near = nearest(word, known);
  const meant = near === null ? '' : ` (did you mean ${near}?)`;
  const message = `there is no command "lab ${word}"; there is: ${known.join(', ')}${meant}`;
  throw new TagflowError('unknown-command', message, {
    outcome: 'invalid',
    next: 'See tagflow lab --help.',
  });
}

/**
 * Runs `tagflow lab up`.
 * @param argv the words after `lab up`
 * @param self how a command line of this tagflow begins
 */
export async function labUp(argv: readonly string[], io: CliIo, self: readonly string[]): Promise<number> {
  const split = argv.indexOf('--');
  const [own, command] = split < 0 ? [argv, []] : [argv.slice(0, split), argv.slice(split + 1)];
  const values = parseFlags(own);
  if (values.help) {
    io.stdout.write(labHelp);
    return 0;
  }
  await checkRoot(values.root);
  const lab = await startLab({ ...labOptions(values), self });
  try {
    const { file, env } = await writeLabConfig(lab);
    if (command.length > 0) return await runCommand(command, { ...io.env, ...env, TAGFLOW_CONFIG: file }, io);
    io.stdout.write(lab.config());
    io.stderr.write(upMessage(file, env));
    // A lab that somebody waits for lives until it is told to stop.
    if (!io.signal.aborted)
      await new Promise((resolve) => io.signal.addEventListener('abort', resolve, { once: true }));
    return 0;
  } finally {
    await lab.close();
  }
}

/** Writes the lab's tagflow.yaml into its folder, and returns where, with the environment that it needs. */
async function writeLabConfig(
  lab: Lab,
): Promise<{ readonly file: string; readonly env: Readonly<Record<string, string>> }> {
  const file = join(lab.root, 'tagflow.yaml');
  await writeFile(file, lab.config());
  return { file, env: lab.env() };
}

/** Writes the two files of a lab's zones into its folder, and returns where, in the order of their phases. */
export async function writeZoneConfigs(lab: Lab): Promise<readonly string[]> {
  const zones = Object.entries(lab.zones());
  for (const [zone, text] of zones) await writeFile(join(lab.root, `${zone}.yaml`), text);
  return zones.map(([zone]) => join(lab.root, `${zone}.yaml`));
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags }).values;
  } catch (cause) {
    const message = messageOf(cause);
    throw new TagflowError('invalid-flag', message, { outcome: 'invalid', next: 'See tagflow lab --help.', cause });
  }
}

function labOptions(values: {
  readonly mode: string;
  readonly scale: string;
  readonly seed: string;
  readonly containers?: string | undefined;
  readonly sftp: boolean;
  readonly 'dlrn-release': string;
  readonly 'dlrn-fault'?: readonly string[] | undefined;
  readonly root?: string | undefined;
}): LabOptions {
  const { mode, scale, seed, containers, sftp, 'dlrn-release': dlrnRelease, 'dlrn-fault': asked = [], root } = values;
  const wrong = (flag: string, text: string, allowed: string): TagflowError =>
    new TagflowError('invalid-flag', `flag --${flag}: "${text}" is not allowed; allowed: ${allowed}`, {
      outcome: 'invalid',
    });
  if (mode !== 'classic' && mode !== 'component') throw wrong('mode', mode, 'classic, component');
  if (scale !== 'small' && scale !== 'rdo') throw wrong('scale', scale, 'small, rdo');
  if (containers !== undefined && !/^[1-9]\d{0,3}$/.test(containers))
    throw wrong('containers', containers, '1 to 9999');
  if (dlrnRelease !== 'R' && dlrnRelease !== 'H') throw wrong('dlrn-release', dlrnRelease, 'R, H');
  // A classic DLRN has no aggregate that something could be left over beside.
  const faults = dlrnFaults.filter((name) => mode === 'component' || name !== 'left-over');
  return {
    mode,
    scale,
    seed,
    sftp,
    dlrnRelease,
    dlrnFaults: asked.map((text) => {
      const [word, label = ''] = text.split(/:(.*)/s);
      const name = faults.find((fault) => fault === word);
      if (name === undefined || !labelPattern.test(label)) {
        throw wrong('dlrn-fault', text, faults.map((fault) => `${fault}:LABEL`).join(', '));
      }
      return { name, label };
    }),
    ...(containers === undefined ? {} : { containers: Number(containers) }),
    ...(root === undefined ? {} : { root }),
  };
}

const labelPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The folder may be new; what is there in its way cannot be one. */
async function checkRoot(root: string | undefined): Promise<void> {
  if (root === undefined) return;
  const facts = { outcome: 'invalid', next: 'Give a folder, there or not.' } as const;
  if (root === '') throw new TagflowError('invalid-flag', 'flag --root is empty; allowed: a folder', facts);
  try {
    if (!(await stat(root)).isDirectory())
      throw new TagflowError('invalid-flag', `flag --root: "${root}" is not a folder`, facts);
  } catch (cause) {
    if (cause instanceof TagflowError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    if (code === 'ENOENT') return;
    throw new TagflowError('invalid-flag', `flag --root: "${root}" cannot be a folder (${code})`, { ...facts, cause });
  }
}

function upMessage(file: string, env: Readonly<Record<string, string>>): string {
  const exports = Object.entries(env).map(([name, value]) => `  export ${name}='${value}'`);
  // The registries' credentials are found where docker keeps them, which one of the variables says.
  const sftpFlags = Object.hasOwn(env, 'TAGFLOW_SSH_KEY_FILE')
    ? ' --ssh-key-file "$TAGFLOW_SSH_KEY_FILE" --known-hosts "$TAGFLOW_KNOWN_HOSTS"'
    : '';
  return [
    '',
    `The lab is up; this is ${file}. In another terminal:`,
    '',
    ...exports,
    `  npx tagflow run --config ${file} --password-env DLRN_PASSWORD${sftpFlags}`,
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}

function runCommand(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  io: CliIo,
): Promise<number> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd: io.cwd, stdio: 'inherit' });
    const stop = (): void => void child.kill('SIGTERM');
    io.signal.addEventListener('abort', stop, { once: true });
    child.once('error', (error) =>
      reject(
        new TagflowError('not-started', `${program} could not be started: ${error.message}`, { outcome: 'invalid' }),
      ),
    );
    child.once('exit', (code) => {
      io.signal.removeEventListener('abort', stop);
      resolve(code ?? exitCode('half-done'));
    });
  });
}
