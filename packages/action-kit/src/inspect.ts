import { KitError } from './errors.ts';

const defaultPort = '9229';

interface InspectIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Tells a person one line. */
  readonly say: (line: string) => void;
}

/**
 * Waits for a debugger when the variable `TAGFLOW_INSPECT` is one of `names`: opens Node's inspector on 127.0.0.1, at
 * the port `TAGFLOW_INSPECT_PORT` (9229 unless set; 0: a free one), says where, and returns when a debugger is
 * attached, stopped once so that its owner can set breakpoints. Without the variable nothing is loaded and nothing
 * listens: whoever reaches the port can read every secret of this process and run code as its user.
 * @throws KitError `invalid-inputs` when the port is none, or not free
 */
export async function waitForDebugger(names: readonly (string | undefined)[], { env, say }: InspectIo): Promise<void> {
  const wanted = env['TAGFLOW_INSPECT'] ?? '';
  if (wanted === '' || !names.includes(wanted)) return;
  const port = env['TAGFLOW_INSPECT_PORT'] || defaultPort;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw badPort(`the variable TAGFLOW_INSPECT_PORT: "${port}" is not a port; allowed: 0 (a free one) to 65535`);
  }
  const inspector = await import('node:inspector');
  // node --inspect did it already
  if (inspector.url() === undefined) inspector.open(Number(port), '127.0.0.1');
  const url = inspector.url();
  if (url === undefined) throw badPort(`port ${port}, where ${wanted} was to wait for a debugger, is taken`);
  say(`${wanted} waits for a debugger on ${new URL(url).host}: attach an editor, or open chrome://inspect (${url})`);
  inspector.waitForDebugger();
  // A debugger that just came knows no breakpoint yet.
  debugger; // eslint-disable-line no-debugger
}

function badPort(problem: string): KitError {
  return new KitError('invalid-inputs', [problem], {
    outcome: 'invalid',
    next: 'Set TAGFLOW_INSPECT_PORT to a free port, or to 0.',
  });
}
