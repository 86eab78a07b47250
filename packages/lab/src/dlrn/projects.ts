import type { LabProject } from './state.ts';

/** The packages that the lab builds unless told otherwise, with the components that they have in RDO. */
export const defaultProjects: readonly LabProject[] = [
  { name: 'openstack-tripleo-common', component: 'tripleo' },
  { name: 'openstack-nova', component: 'compute' },
  { name: 'openstack-neutron', component: 'network' },
  { name: 'openstack-heat', component: 'common' },
  { name: 'openstack-tripleo-heat-templates', component: 'tripleo' },
  { name: 'openstack-keystone', component: 'common' },
  { name: 'python-tripleoclient', component: 'tripleo' },
  { name: 'openstack-glance', component: 'common' },
  { name: 'openstack-placement', component: 'compute' },
  { name: 'openstack-octavia', component: 'network' },
];
