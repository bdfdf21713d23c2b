/** The Kubernetes manifests, as far as they can be tried without a cluster. */

import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { password } from '../support/daemon.ts'
import { configure, dockerfile, ofKind, read, type Yaml } from './files.ts'

/** What a pod must be, and what names in it must be there; by the reference of Kubernetes 1.32. */
function checkPod(pod: Yaml, name: string) {
  expect(
    [
      'serviceAccountName',
      'automountServiceAccountToken',
      'enableServiceLinks',
      'terminationGracePeriodSeconds',
      'securityContext',
      'topologySpreadConstraints',
      'initContainers',
      'containers',
      'volumes',
    ],
    name,
  ).toEqual(expect.arrayContaining(Object.keys(pod)))
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  })
  expect(pod['securityContext']['runAsUser']).toBeGreaterThan(0)
  const containers = [...(pod['initContainers'] ?? []), ...pod['containers']]
  for (const container of containers) {
    expect(
      [
        'name',
        'image',
        'args',
        'env',
        'ports',
        'restartPolicy',
        'startupProbe',
        'readinessProbe',
        'livenessProbe',
        'resources',
        'securityContext',
        'volumeMounts',
      ],
      container['name'],
    ).toEqual(expect.arrayContaining(Object.keys(container)))
    expect(container, container['name']).toMatchObject({
      image: expect.stringMatching(/:(?!latest)[\w.]+$/),
      resources: { limits: { memory: expect.any(String) }, requests: { cpu: expect.any(String) } },
      readinessProbe: expect.anything(),
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    })
    for (const { name: variable, value, valueFrom } of container['env'] ?? []) {
      expect(typeof (value ?? valueFrom?.secretKeyRef?.key), variable).toBe('string')
      // No secret in a file.
      if (/PASSWORD|URL/.test(variable as string) && !String(value).startsWith('file:'))
        expect(value, variable).toBeUndefined()
    }
    const ports = (container['ports'] ?? []).map(({ name: port }: Yaml) => port)
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const { httpGet, tcpSocket, exec, ...times } = container[probe] ?? {}
      for (const one of [httpGet, tcpSocket]) if (one) expect(ports).toContain(one['port'])
      if (container[probe]) expect([httpGet, tcpSocket, exec].filter(Boolean), probe).toHaveLength(1)
      for (const [time, seconds] of Object.entries(times)) {
        expect(['periodSeconds', 'timeoutSeconds', 'failureThreshold']).toContain(time)
        expect(seconds).toBeGreaterThan(0)
      }
    }
  }
  return containers as readonly Yaml[]
}

async function documents(name: string): Promise<readonly Yaml[]> {
  const all = parseAllDocuments(await read(name))
  for (const one of all) expect('errors' in one ? one.errors : []).toEqual([])
  return [...all].map((one) => one.toJS())
}

/** What belongs to which API. */
const apis: Readonly<Record<string, string>> = {
  ConfigMap: 'v1',
  ServiceAccount: 'v1',
  Service: 'v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  PodDisruptionBudget: 'policy/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  Ingress: 'networking.k8s.io/v1',
}

/** The variables of a container, those from secrets with a value that fits. */
function environmentOf(container: Yaml): Record<string, string> {
  const secrets: Record<string, string> = {
    DBAL_DATABASE_URL: 'postgresql://dbal:secret@postgres/app',
    DBAL_SECURITY_BOOTSTRAP_PASSWORD: password,
  }
  return Object.fromEntries(
    (container['env'] ?? []).map(({ name, value, valueFrom }: Yaml) => [
      name,
      value ?? secrets[valueFrom?.secretKeyRef?.key as string] ?? '',
    ]),
  )
}

describe.each(['kubernetes.yaml', 'sidecar.yaml'])('%s', (name) => {
  test('has objects that there are, whose selectors meet', async () => {
    const all = await documents(name)
    for (const { kind, apiVersion, metadata } of all) {
      expect(apiVersion, kind).toBe(apis[kind as string])
      expect(metadata['name'], kind).toMatch(/^[a-z][a-z0-9-]{0,62}$/)
    }
    const [workload] = all.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet') as [Yaml]
    const { template, selector, volumeClaimTemplates = [] } = workload['spec']
    const labels = template['metadata']['labels']
    expect(labels).toMatchObject(selector['matchLabels'])
    const pod = template['spec']
    const containers = checkPod(pod, name)
    const volumes = [
      ...(pod['volumes'] ?? []).map(({ name: volume }: Yaml) => volume),
      ...volumeClaimTemplates.map(({ metadata }: Yaml) => metadata['name']),
    ]
    for (const container of containers)
      for (const { name: volume } of container['volumeMounts'] ?? []) expect(volumes).toContain(volume)
    const ports = containers.flatMap(({ ports: own }) => (own ?? []).map(({ name: port }: Yaml) => port))
    for (const { kind, spec } of all) {
      if (kind === 'Service') {
        expect(labels).toMatchObject(spec['selector'])
        for (const { targetPort } of spec['ports']) expect(ports).toContain(targetPort)
      }
      if (kind === 'PodDisruptionBudget') {
        expect(labels).toMatchObject(spec['selector']['matchLabels'])
        expect(spec['minAvailable']).toBeLessThan(workload['spec']['replicas'] as number)
      }
      if (kind === 'NetworkPolicy') expect(labels).toMatchObject(spec['podSelector']['matchLabels'])
      if (kind === 'Ingress') {
        const { tls, rules } = spec
        for (const { host, http } of rules) {
          expect(tls.flatMap(({ hosts }: Yaml) => hosts)).toContain(host)
          // /metrics and /health stay inside.
          expect(http['paths']?.map(({ path, pathType }: Yaml) => [path, pathType])).toEqual([['/', 'Exact']])
        }
      }
    }
  })
})

test('kubernetes.yaml: three daemons over PostgreSQL, whose configuration starts, and who have time to drain', async () => {
  const all = await documents('kubernetes.yaml')
  const { spec } = all.find(({ kind }) => kind === 'Deployment')
  const { data } = all.find(({ kind }) => kind === 'ConfigMap')
  const pod = spec['template']['spec']
  const [daemon] = pod['containers']
  const config = configure(data['dbal.yaml'] as string, environmentOf(daemon))
  expect(spec['replicas']).toBe(3)
  expect(config.security.rate_limit.store).toBe('postgres')
  expect(config.server.port).toBe(daemon['ports'][0]['containerPort'])
  expect((pod['terminationGracePeriodSeconds'] as number) * 1_000).toBeGreaterThan(
    config.server.drain_timeout,
  )
  // A database that is away must not start daemons anew.
  expect(daemon['livenessProbe']).toHaveProperty('tcpSocket')
})

test('sidecar.yaml: one daemon, on the loopback address, which is asked where it is', async () => {
  const [workload] = (await documents('sidecar.yaml')) as [Yaml]
  const pod = workload['spec']['template']['spec']
  const [daemon] = pod['initContainers']
  expect(workload['spec']['replicas']).toBe(1)
  expect(daemon['restartPolicy']).toBe('Always')
  const config = configure('', environmentOf(daemon))
  expect(config.server).toMatchObject({ host: '127.0.0.1', port: 50_051 })
  const [, , script] = daemon['readinessProbe']['exec']['command']
  const [check = ''] = ofKind(await dockerfile(), 'HEALTHCHECK')
  expect(check).toContain(script)
})
