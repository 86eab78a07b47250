import type { Label } from '@tagflow/model';
import type { Layout } from '../layout.ts';

/** Returns the key of the lease that protects a label's links in a store; two promoters with different logins share it. */
export function imagesLeaseKey(storeUrl: string, layout: Layout, label: Label): string {
  return `images:${withoutUser(storeUrl)}:${layout.links(label).join(',')}`;
}

function withoutUser(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/@]*@/, '$1');
}
