import type { Complaint } from './complaints.ts';
import { layoutNames, templatesOf } from './image-layouts.ts';
import { entries, get, isThere, items, text, type View } from './view.ts';

/** Checks that what image stores say of placeholders and what their templates need of them is the same. */
export function checkLayouts(config: View): readonly Complaint[] {
  return entries(get(config, 'image-stores')).flatMap(([, store]) => checkStore(store));
}

const words = { pin: '{pin}', 'build-sys': '{build_sys}', 'release-name': '{release}' } as const;

function checkStore(store: View): readonly Complaint[] {
  const named = text(get(store, 'layout')) ?? 'plain';
  const preset = layoutNames.find((name) => name === named);
  if (preset === undefined) return [];
  const path = text(get(store, 'path')) ?? undefined;
  const given = get(store, 'link');
  const one = text(given);
  const list = isThere(given) ? items(given).map((item) => text(item) ?? '') : undefined;
  const templates = templatesOf({ preset, path, links: one === null ? list : [one] });
  const all = [templates.path, ...templates.links];
  const found: Complaint[] = [];
  const needing = all.find((template) => template.includes(words.pin));
  if (needing !== undefined && !isThere(get(store, 'pin'))) {
    const culprit = ['path', 'link', 'layout'].map((key) => get(store, key)).find(isThere) ?? store;
    const message = `"${needing}" needs pin beside it: the label that ${words.pin} stands for, such as current-tripleo-rdo`;
    found.push({ path: culprit.path, message });
  }
  for (const [key, placeholder] of Object.entries(words)) {
    const word = get(store, key);
    if (!isThere(word) || all.some((template) => template.includes(placeholder))) continue;
    found.push({ path: word.path, message: `stands for ${placeholder}, which is in no template: ${all.join(', ')}` });
  }
  return found;
}
