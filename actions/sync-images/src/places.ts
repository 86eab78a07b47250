import type { ActionContext } from '@tagflow/action-kit';
import { createLayout, type Layout, resolveLabel } from '@tagflow/images';
import type { FullHash, Visibility } from '@tagflow/model';
import { openStore, type Store } from '@tagflow/store';
import { invalid, type PlaceSettings, type Settings } from './settings.ts';

/** An open store with its layout. */
export interface Place {
  readonly name: string | null;
  readonly store: Store;
  readonly layout: Layout;
  readonly visibility: Visibility;
}

/** Opens stores and closes them together. */
export interface Opener {
  /** @param hostKey fingerprint of the key that an sftp server has to show; null where only known_hosts tells */
  open(url: string, hostKey: string | null): Store;
  /** @throws TagflowError `bad-inputs` that names the input when the place is null */
  place(settings: PlaceSettings | null, input: 'source' | 'destination'): Place;
  close(): Promise<void>;
}

export function createOpener({ release, ssh }: Settings, context: ActionContext): Opener {
  const opened: Store[] = [];
  const open = (url: string, hostKey: string | null): Store => {
    const access = ssh === undefined || hostKey === null ? ssh : { ...ssh, fingerprint: hostKey };
    const store = openStore(url, { effects: context, ...(access === undefined ? {} : { ssh: access }) });
    opened.push(store);
    return store;
  };
  return {
    open,
    place: (settings, input) => {
      if (settings === null) throw invalid(`input "${input}" is missing: give it, or config and phase`);
      const { distro, ...place } = settings;
      const layout = createLayout({ ...place, release, ...(distro === undefined ? {} : { distro }) });
      return { name: place.name, store: open(place.url, place.hostKey), layout, visibility: place.visibility };
    },
    close: async () => {
      for (const store of opened) await store.close();
    },
  };
}

/** Returns the hash that the inputs name, directly or by a label's link. */
export async function hashIn({ store, layout }: Place, { hash, label }: Settings): Promise<FullHash> {
  if (hash !== null) return hash;
  if (label === null) throw invalid('input "full-hash" is missing: give it, or set, or plan, or label');
  const named = await resolveLabel(store, layout, label);
  if (named === null) {
    throw invalid(
      `label ${label} names nothing in ${store.url}`,
      'Give the full-hash, or look at layout and link-layout.',
    );
  }
  return named;
}
