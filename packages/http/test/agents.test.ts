import tls from 'node:tls';
import test from 'ava';
import { createAgents } from '../src/agents.ts';

test('an authority that is given is trusted besides the usual ones', (t) => {
  const agents = createAgents({ connections: 1, keepAlive: true, ca: 'PEM' });
  t.deepEqual(agents.https.options.ca, [...tls.getCACertificates('default'), 'PEM']);
  t.is(createAgents({ connections: 1, keepAlive: true }).https.options.ca, undefined);
});
