/** Certificate and key of the server, looked at before anything is opened or made. */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readNamed } from './config/files.ts'
import { ConfigError } from './config/read.ts'
import type { DaemonConfig } from './config/shape.ts'

/** In PEM; `ca` where clients must show a certificate. */
export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
  readonly ca?: Buffer
}

/** @throws ConfigError naming the key of a file that is not there, holds something else or does not fit */
export async function readTls({ tls }: DaemonConfig['server']): Promise<TlsFiles | null> {
  if (!tls.enabled) return null
  const cert = await readNamed('server.tls.cert_file', tls.cert_file as string)
  const key = await readNamed('server.tls.key_file', tls.key_file as string)
  const certificate = certificateOf('server.tls.cert_file', cert)
  if (!certificate.checkPrivateKey(keyOf(key)))
    throw new ConfigError(['server.tls.key_file: is not the key of the certificate in server.tls.cert_file'])
  if (tls.ca_file === undefined) return { cert, key }
  const ca = await readNamed('server.tls.ca_file', tls.ca_file)
  certificateOf('server.tls.ca_file', ca)
  return { cert, key, ca }
}

function certificateOf(key: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new ConfigError([`${key}: holds no certificate in PEM`])
  }
}

function keyOf(pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new ConfigError(['server.tls.key_file: holds no private key in PEM, or one behind a passphrase'])
  }
}
