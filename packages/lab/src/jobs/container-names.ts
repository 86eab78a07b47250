// The services that TripleO deploys, by the names of their containers.
const services = [
  'heat-api heat-api-cfn heat-engine heat-all keystone nova-api nova-compute nova-conductor nova-scheduler',
  'nova-libvirt nova-novncproxy nova-compute-ironic neutron-server neutron-dhcp-agent neutron-l3-agent',
  'neutron-metadata-agent neutron-openvswitch-agent glance-api cinder-api cinder-scheduler cinder-volume mariadb',
  'rabbitmq haproxy memcached horizon placement-api ironic-api ironic-conductor ironic-inspector ironic-pxe',
  'mistral-api mistral-engine mistral-executor mistral-event-engine swift-account swift-container swift-object',
  'swift-proxy-server zaqar-wsgi redis etcd cron iscsid multipathd qdrouterd base openstack-base',
  'aodh-api aodh-evaluator aodh-listener aodh-notifier gnocchi-api gnocchi-metricd gnocchi-statsd',
  'ceilometer-central ceilometer-compute ceilometer-ipmi ceilometer-notification panko-api barbican-api',
  'barbican-keystone-listener barbican-worker designate-api designate-backend-bind9 designate-central designate-mdns',
  'designate-producer designate-sink designate-worker manila-api manila-scheduler manila-share octavia-api',
  'octavia-health-manager octavia-housekeeping octavia-worker ovn-base ovn-controller ovn-nb-db-server ovn-northd',
  'ovn-sb-db-server sahara-api sahara-engine tempest rsyslog rsyslog-base collectd cinder-backup ec2-api',
  'neutron-sriov-agent neutron-mlnx-agent neutron-metadata-agent-ovn neutron-server-ovn novajoin-server',
  'novajoin-notifier nova-base nova-serialproxy nova-spicehtml5proxy nova-ssh opendaylight skydive-agent',
  'skydive-analyzer skydive-base tripleoclient trove-api trove-base trove-conductor watcher-api watcher-applier',
  'watcher-engine dependencies-base kuryr-base sensu-client sensu-base fluentd crane presto hacluster-pcs',
]
  .join(' ')
  .split(' ');

/**
 * Returns that many bare container names, sorted: those of TripleO, and when there are not enough, numbered ones.
 */
export function containerNames(count: number): readonly string[] {
  const extra = Array.from({ length: Math.max(0, count - services.length) }, (_, index) => `service-${index + 1}`);
  return [...services.slice(0, count), ...extra].sort();
}
