import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  consistencyProof,
  type Hash,
  inclusionProof,
  MerkleFrontier,
  merkleRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

/** The definition of RFC 6962, section 2.1, word for word. */
function definedRoot(leaves: readonly Uint8Array[]): Hash {
  if (leaves.length === 0) return sha256(new Uint8Array(0))
  if (leaves.length === 1) return sha256(concatBytes(Uint8Array.of(0), leaves[0] as Uint8Array))
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(
    concatBytes(Uint8Array.of(1), definedRoot(leaves.slice(0, split)), definedRoot(leaves.slice(split))),
  )
}

/** The leaves that the reference implementations of Certificate Transparency test with. */
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map(hexToBytes)
const knownRoots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

const leafLists = fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 40 })

describe('the Merkle tree', () => {
  test('of nothing has the hash of nothing', () => {
    expect(bytesToHex(merkleRoot([]))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
  })

  test('has the roots that Certificate Transparency publishes', () => {
    expect(leaves.map((_, index) => bytesToHex(merkleRoot(leaves.slice(0, index + 1))))).toEqual(knownRoots)
  })

  test('has the defined root at every size while it grows', () => {
    fc.assert(
      fc.property(leafLists, (list) => {
        const tree = new MerkleFrontier()
        list.forEach((leaf, index) => {
          tree.append(leaf)
          expect(tree.size).toBe(index + 1)
          expect(tree.root()).toEqual(definedRoot(list.slice(0, index + 1)))
        })
      }),
    )
  })
})

describe('an inclusion proof', () => {
  test('of every leaf holds, and for no other leaf, place, size or root', () => {
    fc.assert(
      fc.property(leafLists, fc.nat(), (list, pick) => {
        const index = pick % list.length
        const leaf = list[index] as Uint8Array
        const proof = inclusionProof(list, index)
        const root = merkleRoot(list)
        expect(verifyInclusion(leaf, index, list.length, proof, root)).toBe(true)
        expect(verifyInclusion(concatBytes(leaf, Uint8Array.of(1)), index, list.length, proof, root)).toBe(
          false,
        )
        expect(verifyInclusion(leaf, index, list.length, proof, sha256(root))).toBe(false)
        expect(verifyInclusion(leaf, index, list.length, [...proof, root], root)).toBe(false)
        expect(verifyInclusion(leaf, list.length, list.length, proof, root)).toBe(false)
        expect(verifyInclusion(leaf, index, list.length * 2, proof, root)).toBe(false)
        for (const at of proof.keys()) {
          const changed = proof.map((hash, place) => (place === at ? sha256(hash) : hash))
          expect(verifyInclusion(leaf, index, list.length, changed, root)).toBe(false)
        }
        if (proof.length > 0) {
          expect(verifyInclusion(leaf, index, list.length, proof.slice(0, -1), root)).toBe(false)
        }
      }),
    )
  })

  test('of a leaf that there is not is refused', () => {
    for (const index of [-1, 8, 0.5]) {
      expect(() => inclusionProof(leaves, index)).toThrow(RangeError)
      expect(verifyInclusion(leaves[0] as Uint8Array, index, 8, [], merkleRoot(leaves))).toBe(false)
    }
  })
})

describe('a consistency proof', () => {
  test('holds between any two sizes, and for no other trees', () => {
    fc.assert(
      fc.property(leafLists, fc.nat(), (list, pick) => {
        const size = (pick % list.length) + 1
        const before = merkleRoot(list.slice(0, size))
        const after = merkleRoot(list)
        const proof = consistencyProof(list, size)
        expect(verifyConsistency(size, before, list.length, after, proof)).toBe(true)
        expect(verifyConsistency(size, sha256(before), list.length, after, proof)).toBe(false)
        expect(verifyConsistency(size, before, list.length, sha256(after), proof)).toBe(false)
        expect(verifyConsistency(size, before, list.length, after, [...proof, after])).toBe(false)
        for (const at of proof.keys()) {
          const changed = proof.map((hash, place) => (place === at ? sha256(hash) : hash))
          expect(verifyConsistency(size, before, list.length, after, changed)).toBe(false)
        }
      }),
    )
  })

  test('does not hold for a log whose beginning was rewritten', () => {
    const rewritten = [Uint8Array.of(9), ...leaves.slice(1)]
    expect(
      verifyConsistency(
        3,
        merkleRoot(leaves.slice(0, 3)),
        8,
        merkleRoot(rewritten),
        consistencyProof(rewritten, 3),
      ),
    ).toBe(false)
  })

  test('needs its hashes', () => {
    const [before, after] = [merkleRoot(leaves.slice(0, 3)), merkleRoot(leaves)]
    expect(verifyConsistency(3, before, 8, after, [])).toBe(false)
    expect(verifyConsistency(4, merkleRoot(leaves.slice(0, 4)), 8, after, [])).toBe(false)
  })

  test('between sizes that cannot be is refused', () => {
    const root = merkleRoot(leaves)
    for (const size of [0, 9, 1.5]) expect(() => consistencyProof(leaves, size)).toThrow(RangeError)
    for (const [before, after] of [
      [0, 8],
      [9, 8],
      [1.5, 8],
      [1, 8.5],
    ] as const) {
      expect(verifyConsistency(before, root, after, root, [])).toBe(false)
    }
  })
})
