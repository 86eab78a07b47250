import { isClearText } from './clear-text.ts';
import type { Complaint } from './complaints.ts';
import { entries, get, isThere, items, text, type View } from './view.ts';

/** Checks that places which phases name exist, can be written, and may hold what is sent there. */
export function checkPlaces(config: View): readonly Complaint[] {
  const registries = get(config, 'registries');
  const stores = get(config, 'image-stores');
  const found: Complaint[] = [];
  const known = (view: View, places: View, kind: string): View | null => {
    const name = text(view);
    if (name === null) return null;
    const place = get(places, name);
    if (isThere(place)) return place;
    const names = entries(places).map(([one]) => one);
    const allowed =
      names.length === 0 ? `there is nothing under ${kind} yet` : `known under ${kind}: ${names.join(', ')}`;
    found.push({ path: view.path, message: `"${name}" is not known; ${allowed}` });
    return null;
  };
  const registry = (view: View): View | null => known(view, registries, 'registries');
  const store = (view: View): View | null => known(view, stores, 'image-stores');
  const writable = (view: View): View | null => {
    const place = store(view);
    const url = place === null ? null : text(get(place, 'url'));
    if (url !== null && /^https?:/.test(url)) {
      found.push({
        path: view.path,
        message: `"${text(view)}" cannot be written to: its url is ${url.split(':')[0]}; allowed: sftp or file`,
      });
    }
    return place;
  };
  const refuseLeak = (view: View, what: string, internal: boolean, place: View | null): void => {
    if (!internal || place === null || isInternal(place)) return;
    found.push({
      path: view.path,
      message: `${what} is internal and must not reach "${text(view)}", which is public; allowed: a place with visibility: internal`,
    });
  };

  for (const [, phase] of entries(get(config, 'phases'))) {
    const containers = get(phase, 'build', 'containers');
    const pushedTo = get(containers, 'registry');
    refuseLeak(pushedTo, 'what is built here', isInternal(containers), registry(pushedTo));

    const images = get(phase, 'build', 'images');
    const publishedTo = get(images, 'store');
    refuseLeak(publishedTo, 'what is built here', isInternal(images), writable(publishedTo));

    const source = registry(get(phase, 'promote', 'containers', 'source'));
    for (const destination of items(get(phase, 'promote', 'containers', 'destinations'))) {
      refuseLeak(destination, 'the source', source !== null && isInternal(source), registry(destination));
    }
    for (const destination of items(get(phase, 'promote', 'images', 'destinations'))) writable(destination);

    for (const pair of items(get(phase, 'mirror'))) {
      const from = store(get(pair, 'from'));
      const to = get(pair, 'to');
      refuseLeak(to, 'the source', from !== null && isInternal(from), writable(to));
      if (text(to) !== null && text(to) === text(get(pair, 'from'))) {
        found.push({ path: to.path, message: `"${text(to)}" cannot be a mirror of itself` });
      }
    }
    store(get(phase, 'fetch', 'from'));
    const logs = get(config, 'logs');
    const tests = isThere(get(phase, 'test')) || isThere(get(phase, 'after'));
    if (isThere(logs) && !isInternal(logs) && tests && (isInternal(images) || isInternal(containers))) {
      const message =
        'what jobs print of the internal builds of this phase would be public with its logs; allowed: logs with visibility: internal';
      found.push({ path: phase.path, message });
    }
  }
  for (const [, place] of entries(registries)) {
    found.push(...refuseClearText(place, 'url', 'registries'));
    const ca = get(place, 'ca');
    if (isThere(ca) && /^http:/i.test(text(get(place, 'url')) ?? '')) {
      found.push({ path: ca.path, message: 'is for an https:// url; over http:// nobody shows a certificate' });
    }
  }
  found.push(...refuseClearText(get(config, 'dlrn'), 'api-url', 'a DLRN API'));
  return found;
}

/** What is behind the URL gets credentials, which anybody on the way could read. */
function refuseClearText(place: View, key: string, what: string): readonly Complaint[] {
  const url = get(place, key);
  if (!isClearText(text(url) ?? '') || get(place, 'plain-http').value === true) return [];
  const message = `http:// is for ${what} on this machine; allowed: https://, or plain-http: true beside it`;
  return [{ path: url.path, message }];
}

function isInternal(view: View): boolean {
  return text(get(view, 'visibility')) === 'internal';
}
