/**
 * The Merkle tree of RFC 6962, section 2.1, over the hashes of the entries. Its root pins the whole log in 32 bytes; an
 * inclusion proof shows that one entry is in it, a consistency proof that a longer log only added to a shorter one.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'

export type Hash = Uint8Array

export function hashLeaf(data: Uint8Array): Hash {
  return sha256(concatBytes(leafPrefix, data))
}

const leafPrefix = Uint8Array.of(0)

function hashNode(left: Hash, right: Hash): Hash {
  nodeBytes[0] = 1
  nodeBytes.set(left, 1)
  nodeBytes.set(right, 33)
  return sha256(nodeBytes)
}

/** Prefix and two hashes; one buffer for all, because a large log has as many nodes as entries. */
const nodeBytes = new Uint8Array(65)

/** A tree that grows: of all leaves it keeps only the roots of its full subtrees, at most one a power of two. */
export class MerkleFrontier {
  #size = 0
  /** Largest subtree first. */
  readonly #peaks: { readonly size: number; readonly hash: Hash }[] = []

  get size(): number {
    return this.#size
  }

  append(data: Uint8Array): void {
    let peak = { size: 1, hash: hashLeaf(data) }
    for (let last = this.#peaks.at(-1); last?.size === peak.size; last = this.#peaks.at(-1)) {
      this.#peaks.pop()
      peak = { size: peak.size * 2, hash: hashNode(last.hash, peak.hash) }
    }
    this.#peaks.push(peak)
    this.#size++
  }

  /** Of no leaves it is the hash of nothing. */
  root(): Hash {
    const last = this.#peaks.at(-1)
    if (!last) return sha256(new Uint8Array(0))
    return this.#peaks.slice(0, -1).reduceRight((right, { hash }) => hashNode(hash, right), last.hash)
  }
}

export function merkleRoot(leaves: readonly Uint8Array[]): Hash {
  const tree = new MerkleFrontier()
  for (const leaf of leaves) tree.append(leaf)
  return tree.root()
}

/** The largest power of two below `size`, which is at least 2. */
function splitOf(size: number): number {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

/**
 * The siblings on the way from a leaf up to the root, lowest first.
 * @throws RangeError for an index that no leaf has
 */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Hash[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length)
    throw new RangeError(`There is no leaf ${index}`)
  if (leaves.length === 1) return []
  const split = splitOf(leaves.length)
  return index < split
    ? [...inclusionProof(leaves.slice(0, split), index), merkleRoot(leaves.slice(split))]
    : [...inclusionProof(leaves.slice(split), index - split), merkleRoot(leaves.slice(0, split))]
}

/** Whether the proof shows that `data` is leaf `index` of the tree of that size and root. */
export function verifyInclusion(
  data: Uint8Array,
  index: number,
  size: number,
  proof: readonly Hash[],
  root: Hash,
): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= size) return false
  let node = index
  let last = size - 1
  let hash = hashLeaf(data)
  for (const sibling of proof) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      hash = hashNode(sibling, hash)
      // A last node without a sibling rises until it is a right child.
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      hash = hashNode(hash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equal(hash, root)
}

/**
 * What shows that the tree of the first `size` leaves is the beginning of the tree of all of them.
 * @throws RangeError for a size that is 0 or beyond the leaves
 */
export function consistencyProof(leaves: readonly Uint8Array[], size: number): Hash[] {
  if (!Number.isInteger(size) || size < 1 || size > leaves.length)
    throw new RangeError(`There is no tree of ${size} leaves`)
  return subproof(leaves, size, true)
}

/** @param known whether the verifier has the root of this subtree: it is the earlier root itself */
function subproof(leaves: readonly Uint8Array[], size: number, known: boolean): Hash[] {
  if (size === leaves.length) return known ? [] : [merkleRoot(leaves)]
  const split = splitOf(leaves.length)
  return size <= split
    ? [...subproof(leaves.slice(0, split), size, known), merkleRoot(leaves.slice(split))]
    : [...subproof(leaves.slice(split), size - split, false), merkleRoot(leaves.slice(0, split))]
}

/** Whether the proof shows that the tree of `newSize` begins with the tree of `oldSize`. */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Hash,
  newSize: number,
  newRoot: Hash,
  proof: readonly Hash[],
): boolean {
  if (!Number.isInteger(oldSize) || !Number.isInteger(newSize) || oldSize < 1 || oldSize > newSize)
    return false
  if (oldSize === newSize) return proof.length === 0 && equal(oldRoot, newRoot)
  let node = oldSize - 1
  let last = newSize - 1
  while (node % 2 === 1) {
    node = (node - 1) / 2
    last = Math.floor(last / 2)
  }
  // When the old tree is a full subtree its root is the start; else the proof begins with the last full subtree in it.
  const path = node === 0 ? [oldRoot, ...proof] : [...proof]
  const [first, ...siblings] = path
  if (!first) return false
  let oldHash = first
  let newHash = first
  for (const sibling of siblings) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      oldHash = hashNode(sibling, oldHash)
      newHash = hashNode(sibling, newHash)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      newHash = hashNode(newHash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equal(oldHash, oldRoot) && equal(newHash, newRoot)
}

function equal(left: Hash, right: Hash): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}
