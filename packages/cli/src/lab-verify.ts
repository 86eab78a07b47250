import { readFile } from 'node:fs/promises';
import type { CliIo } from '@tagflow/action-kit';
import type { LabVerify } from '@tagflow/lab';
import { parseSet, type Visibility } from '@tagflow/model';
import { type ImagesAt, verifySet } from '@tagflow/wiring';

/** Returns what the jobs of a lab look at a set with: what `tagflow verify` does, on the lab's own servers. */
export function createLabVerify({ env, clock, random, signal }: CliIo): LabVerify {
  const quiet = { debug: () => undefined, info: () => undefined, warning: () => undefined };
  return async ({ setFile, registryUrl, namePattern, imagesUrl, internalImagesUrl, ...request }) =>
    verifySet(
      {
        ...request,
        set: setFile === null ? null : parseSet(await readFile(setFile, 'utf8'), setFile),
        containersAt: registryUrl === null ? [] : [{ url: registryUrl, namePattern }],
        // What is public gets to the internal store when the set is promoted, and what is tested is not yet.
        imagesAt: [
          ...(imagesUrl === null ? [] : [imagesAt(imagesUrl, 'public')]),
          ...(internalImagesUrl === null ? [] : [imagesAt(internalImagesUrl, 'internal')]),
        ],
        secrets: {},
        env: (name) => env[name],
      },
      { clock, random, signal, log: quiet, progress: () => undefined },
    );
}

function imagesAt(url: string, visibility: Visibility): ImagesAt {
  return { url, directory: '', visibility, only: visibility };
}
