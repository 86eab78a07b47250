import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** A module of others that is replaced by one that says so when it is used. */
interface Replaced {
  readonly specifier: RegExp;
  /** Who may not have the real one; everybody else gets it. */
  readonly importer: RegExp;
  readonly contents: (specifier: string) => string;
}

const refuse = (sentence: string): string => `throw new Error(${JSON.stringify(sentence)});`;

const replaced: readonly Replaced[] = [
  {
    // Native code, which a bundle cannot carry. ssh2 tries to load it, and does without.
    specifier: /^cpu-features$|\.node$/,
    importer: /[/\\]node_modules[/\\]ssh2[/\\]/,
    contents: (specifier) => refuse(`${specifier} is native code and not part of this build`),
  },
  {
    // The key of an encrypted private key. ssh2 asks for it when it was given a passphrase, and nobody gives one: an
    // input ssh-key is without, and is refused by ssh2 before this when it is not. Brings tweetnacl along: 48 kB.
    specifier: /^bcrypt-pbkdf$/,
    importer: /[/\\]node_modules[/\\]ssh2[/\\]/,
    contents: () => `exports.pbkdf = () => { ${refuse('keys with a passphrase are not part of this build')} };`,
  },
  {
    // Bodies of multipart forms, with the media type of every file extension: 170 kB. No server here takes a form; axios
    // makes one when it is given an object to send as one.
    specifier: /^form-data$/,
    importer: /[/\\]node_modules[/\\]axios[/\\]/,
    contents: () =>
      `module.exports = class { constructor() { ${refuse('multipart forms are not part of this build')} } };`,
  },
];

/**
 * Leaves out what no run can reach. Each has its reason here, and test/bundle.test.ts sees that who gets there
 * all the same reads a sentence.
 */
export const leaveOut: Plugin = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    const found = new Map<string, Replaced>();
    for (const one of replaced) {
      onResolve({ filter: one.specifier }, ({ path, importer }) => {
        if (!one.importer.test(importer)) return undefined;
        found.set(path, one);
        return { path, namespace: 'left-out' };
      });
    }
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: found.get(path)?.contents(path) ?? '',
      loader: 'js',
    }));

    // @actions/core gets the tokens of OpenID Connect by an HTTP client with all of undici inside: 430 kB. Who imports
    // getIDToken of it gets them back, since this only says that loading the file does nothing by itself.
    onResolve({ filter: /^\.\/oidc-utils\.js$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      sideEffects: false,
    }));
  },
};
