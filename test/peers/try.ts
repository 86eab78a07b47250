import { startRealWorld } from './real-world.ts';
const t0=Date.now();
const say=(w:string)=>console.error(`[${((Date.now()-t0)/1000).toFixed(1)}] ${w}`);
const world = await startRealWorld((process.argv[2] ?? 'classic') as 'classic');
say('up '+world.root);
try {
  const r = await world.run([]);
  say(r.stderr); say(JSON.stringify({...r, stderr: ''}, null, 1));
  const r2 = await world.run([]);
  say(r2.stderr); say(JSON.stringify({...r2, stderr: ''}, null, 1));
} finally { await world.close(); say('closed'); }
