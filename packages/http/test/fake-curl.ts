import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a curl behaves that is not there: texts, because they go into a program. */
export interface CurlScript {
  /** The Authorization header that it sends to the socket; without it the request goes without. */
  readonly header?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  /** The line of `--version`. */
  readonly features?: string;
  /** It never ends by itself. */
  readonly hangs?: boolean;
}

export interface FakeCurl {
  /** Reads an environment in whose PATH there is this `curl` and nothing else. */
  readonly env: (name: string) => string | undefined;
  /** Where it writes down what it was called with, a {@link CurlCall} as JSON in each line. */
  readonly calls: string;
}

export interface CurlCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What the first file of several in KRB5_CONFIG says; null when that names one only. */
  readonly config: string | null;
}

/**
 * Makes a program `curl` that plays a script, for what a real one does only beside a KDC.
 * @param variables what its environment has besides PATH
 */
export async function fakeCurl(
  script: CurlScript,
  variables: Readonly<Record<string, string>> = {},
): Promise<FakeCurl> {
  const root = await mkdtemp(join(tmpdir(), 'tagflow-curl-'));
  const path = join(root, 'bin');
  const calls = join(root, 'calls');
  await mkdir(path);
  await writeFile(join(path, 'curl'), programText(script, calls));
  await chmod(join(path, 'curl'), 0o755);
  const whole: Readonly<Record<string, string>> = { ...variables, PATH: path };
  return { env: (name) => whole[name], calls };
}

function programText(script: CurlScript, calls: string): string {
  const { header = '', stderr = '', exitCode = 0, features = 'GSS-API SPNEGO UnixSockets', hangs = false } = script;
  return `#!${process.execPath}
    const { appendFileSync, readFileSync } = require('node:fs');
    const { env } = process;
    const args = process.argv.slice(2);
    if (args.includes('--version')) {
      console.log(${JSON.stringify(`curl 8.0.0 (fake)\nFeatures: ${features}`)});
      process.exit(0);
    }
    const [own, other] = (env.KRB5_CONFIG || '').split(':');
    const config = other === undefined ? null : readFileSync(own, 'utf8');
    appendFileSync(${JSON.stringify(calls)}, JSON.stringify({ args, env, config }) + '\\n');
    if (${hangs}) setInterval(() => {}, 1000);
    else if (${exitCode} !== 0) end();
    else {
      const header = ${JSON.stringify(header)};
      require('node:http').get({
        socketPath: args[args.indexOf('--unix-socket') + 1],
        headers: header === '' ? {} : { authorization: header },
      }, (answer) => answer.resume().on('end', end));
    }
    function end() {
      process.stderr.write(${JSON.stringify(stderr)}, () => process.exit(${exitCode}));
    }
  `;
}
