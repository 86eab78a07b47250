#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { type CliIo, nearest, runCli, runProcess } from '@tagflow/action-kit';
import { type Clock, exitCode } from '@tagflow/model';
import { actionNames, loadAction } from './catalogue.ts';
import { commandOf, commands, wordsAsFlags } from './commands.ts';
import { createLiveDisplay, createPlainDisplay, type Display } from './display.ts';
import { colours } from './render.ts';

const help = `tagflow: one tested set of packages, containers and disk images, through the
promotion stages

  tagflow run --config tagflow.yaml   the phases of a release, one after another
  tagflow plan LABEL                  what a promotion would do, as a plan
  tagflow apply PLAN                  exactly that, if it still holds
  tagflow resume LABEL                ends what was interrupted
  tagflow rollback LABEL              back to an earlier set; freezes the label
  tagflow policy                      waivers, holds, freezes: which need a look
  tagflow ledger export FILE          also import FILE, and as-of DATE
  tagflow doctor [LABEL]              what drifted, with a plan that repairs it
  tagflow explain [LABEL|HASH]        why a label does not move, and who acts
  tagflow show SET                    a whole set: LABEL[@DATE], hash or file
  tagflow verify [SET]                a set, read whole where it is served
  tagflow diff SET [SET]              what differs between two sets
  tagflow matrix                      featuresets as jobs: table, GitHub, Zuul
  tagflow import-config FILE...       a tagflow.yaml of the old promoter's files
  tagflow reasons FILE|FOLDER|-       why a job failed, as its logs tell
  tagflow lab up [-- COMMAND ...]     the whole world on 127.0.0.1
  tagflow demo                        the four phases in a lab (npm start)

One action:
${actionNames.map((name) => `  tagflow ${name}`).join('\n')}

Every command has --help. Exit codes: 0 done or nothing to do, 1 failed (every
label is where it was), 2 invalid input, 3 waiting, 4 half-done (tagflow
resume), 5 blocked (tagflow explain).
`;

// The commands in a lab's tagflow.yaml start this very file again: source in a checkout, the bundle elsewhere.
const self: readonly string[] = [process.execPath, fileURLToPath(import.meta.url)];

await runProcess(async (argv, io) => {
  const [command = 'help', ...rest] = argv;
  switch (command) {
    case 'help':
    case '--help':
    case '-h':
      io.stdout.write(help);
      return 0;
    case 'run': {
      const { createRunAction } = await import('./run.ts');
      const action = createRunAction({ ...io, display: () => chooseDisplay(io) });
      return runCli(action, namePhases(rest), io, 'tagflow run [PHASE ...]');
    }
    case 'demo': {
      const { demo, demoHelp } = await import('./demo.ts');
      if (rest.length > 0) {
        const asked = rest.some((word) => ['--help', '-h'].includes(word));
        (asked ? io.stdout : io.stderr).write(demoHelp);
        return asked ? 0 : exitCode('invalid');
      }
      return demo(io, self, () => chooseDisplay(io));
    }
    case 'lab':
      return lab(rest, io);
  }
  const own = commandOf(command);
  if (own !== null) return runCli(await own.load(io), wordsAsFlags(own, rest), io, own.usage);
  const action = await loadAction(command);
  if (action !== null) return runCli(action, rest, io);
  const near = nearest(command, ['run', 'lab', 'demo', 'help', ...Object.keys(commands), ...actionNames]);
  const meant = near === null ? '' : `; did you mean ${near}?`;
  io.stderr.write(`there is no command "${command}"${meant}\n\n${help}`);
  return exitCode('invalid');
});

// `tagflow run upstream rdo-phase-1 --config …`: the words before the first flag are phases.
function namePhases(argv: readonly string[]): readonly string[] {
  const end = argv.findIndex((word) => word.startsWith('-'));
  const phases = end < 0 ? argv : argv.slice(0, end);
  return phases.length === 0 ? argv : ['--phase', phases.join(','), ...argv.slice(phases.length)];
}

async function lab(argv: readonly string[], io: CliIo): Promise<number> {
  const [command, ...rest] = argv;
  const { labHelp, labUp, refuseLabCommand } = await import('./lab-up.ts');
  if (command === 'up') return labUp(rest, io, self);
  if (command === undefined || command === '--help' || command === '-h') {
    io.stdout.write(labHelp);
    return 0;
  }
  const { labCommands, runLabCommand } = await import('@tagflow/lab');
  if (!labCommands.some((known) => known === command)) refuseLabCommand(command, ['up', ...labCommands]);
  const { createLabVerify } = await import('./lab-verify.ts');
  const write = (line: string) => io.stdout.write(`${line}\n`);
  return runLabCommand(argv, { env: io.env, signal: io.signal, write, verify: createLabVerify(io) });
}

function chooseDisplay(io: CliIo): Display {
  if (!io.isTTY) return createPlainDisplay(io.stderr);
  const screen = {
    write: (text: string) => io.stderr.write(text),
    get columns() {
      return process.stderr.columns;
    },
    get rows() {
      return process.stderr.rows;
    },
  };
  return createLiveDisplay(screen, io.clock, colours, (draw) => {
    const stopped = new AbortController();
    void redraw(draw, io.clock, stopped.signal);
    return () => stopped.abort();
  });
}

async function redraw(draw: () => void, clock: Clock, stopped: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(80, stopped);
      draw();
    }
  } catch (error) {
    if (!stopped.aborted) throw error;
  }
}
