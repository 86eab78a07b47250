import { readFile } from 'node:fs/promises';
import { type ActionContext, type ActionResult, readSetInputs } from '@tagflow/action-kit';
import { openLedger, openLedgerReader } from '@tagflow/ledger';
import { type HandOff, parseFullHash } from '@tagflow/model';
import { handOver, openReceiver, openSetPlaces, prepareHandOff } from '@tagflow/wiring';
import type { outputs } from './inputs.ts';
import { writeResults } from './results.ts';
import { readSecrets, readSettings, type Values } from './settings.ts';

/** Delivers the set, and remembers it. */
export async function run(given: Values, context: ActionContext): Promise<ActionResult<keyof typeof outputs>> {
  const fullHash = given['full-hash'] === undefined ? null : parseFullHash(given['full-hash']);
  const settings = await readSettings(given);
  if (settings === null) return { outcome: 'nothing-to-do', outputs: {}, message: 'the phase hands nothing off' };
  const { config, phase, label, destination } = settings;
  const secrets = await readSecrets(given);
  await using opened = new AsyncDisposableStack();
  const receiver = openReceiver(destination, secrets, context);
  opened.defer(() => receiver.close());
  const set = await readSetInputs({ set: given.set });
  const ledger = settings.ledger === null ? null : await openLedgerReader(settings.ledger);
  opened.defer(async () => ledger?.close());
  const places = await openSetPlaces({ config, secrets, effects: context, env: context.env });
  opened.defer(() => places.close());

  const handOff = await prepareHandOff(
    {
      ...{ label, fullHash, set, component: phase?.component ?? null },
      ...{
        release: given.release,
        distro: given.distro,
        visibility: settings.visibility,
      },
      statement: given.statement && (await readFile(given.statement, 'utf8')),
      local: destination.startsWith('file:'),
    },
    places,
    ledger,
  );
  if ('blocked' in handOff) return { outcome: 'blocked', outputs: {}, message: handOff.blocked };
  const remember = settings.ledger === null ? null : rememberIn(settings.ledger, context);
  const world = { receiver, ledger, remember, effects: context };
  const ended = await handOver(handOff, world, { again: given.again, dryRun: context.dryRun });
  return writeResults(ended, !/^https?:/i.test(destination), context);
}

/** The ledger is made when there is something to remember, and not before. */
function rememberIn(url: string, context: ActionContext) {
  return async (handOff: HandOff): Promise<void> => {
    const ledger = await openLedger(url, context);
    await ledger.recordHandOff(handOff).finally(() => ledger.close());
  };
}
