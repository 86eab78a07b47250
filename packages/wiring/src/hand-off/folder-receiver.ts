import type { Acknowledgement, Clock } from '@tagflow/model';
import { deliver, isStoreError, type Store } from '@tagflow/store';
import type { PreparedHandOff } from './prepare.ts';
import type { Received, Receiver } from './receiver.ts';

/** What a receiver may leave in the folder of a delivery. */
const acknowledgementFile = 'acknowledgement.json';
const maxAcknowledgementBytes = 64 * 1024;

/**
 * Returns the receiver that looks into a folder: each delivery is a folder of its own, named by the hash. What was
 * delivered is never changed: another manifest of the same hash gets a folder beside it.
 */
export function createFolderReceiver(store: Store, clock: Pick<Clock, 'now'>): Receiver {
  const acknowledgementIn = async (folder: string): Promise<Acknowledgement | null> => {
    const path = `${folder}/${acknowledgementFile}`;
    const bytes = await store.readBytes(path, { maxBytes: maxAcknowledgementBytes }).catch((error: unknown) => {
      // One that is too long says nothing about the delivery, which is there.
      if (isStoreError(error, 'failed')) return null;
      throw error;
    });
    if (bytes === null) return null;
    const written = (await store.stat(path))?.modified ?? null;
    return { at: Math.floor(written ?? clock.now()), text: bytes.toString('utf8') };
  };
  const receivedIn = async (folder: string): Promise<Received | null> => {
    const manifest = await store.readText(`${folder}/manifest.json`);
    if (manifest === null) return null;
    return { place: `${store.url}/${folder}`, manifest, acknowledgement: await acknowledgementIn(folder) };
  };
  return {
    url: store.url,
    async before(handOff) {
      const [first, beside] = [await receivedIn(handOff.manifest.fullHash), await receivedIn(folderBeside(handOff))];
      return beside?.manifest === handOff.text ? beside : first;
    },
    async deliver(handOff) {
      const first = await receivedIn(handOff.manifest.fullHash);
      const isFree = first === null || first.manifest === handOff.text;
      const folder = isFree ? handOff.manifest.fullHash : folderBeside(handOff);
      const isNew = await deliver(store, folder, handOff.files);
      const acknowledgement = await acknowledgementIn(folder);
      return { isNew, place: `${store.url}/${folder}`, manifest: handOff.text, acknowledgement };
    },
    close: () => store.close(),
  };
}

function folderBeside({ manifest, digest }: PreparedHandOff): string {
  return `${manifest.fullHash}-${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
}
