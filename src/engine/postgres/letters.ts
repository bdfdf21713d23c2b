/**
 * Letters as `engine/search/words.ts` compares them, in the words of PostgreSQL's regular expressions and of `translate`:
 * its own `lower` knows them by the database's language only. Part of indexes, so it must not change: a change of it is
 * another version of the functions in words.ts.
 */

/** What parts words, from U+0080 on: no letter, no number, no mark that goes with a letter. Of scripts that an index knows. */
const dividers =
  '80-a9 ab-b1 b4 b6-b8 bb bf d7 f7 2c2-2c5 2d2-2df 2e5-2eb 2ed 2ef-2ff 375 37e 384-385 387 3f6 482-489 55a-55f 589-5c7 5f3-61f 64b-65f 66a-66d 670 6d4 6d6-6e4 6e7-6ed 6fd-6fe 10fb 1b34-1b44 1b4e-1b4f 1b5a-1b82 1ba1-1bad 1be6-1bff 1c24-1c3f 1c7e-1c7f 1cc0-1ce8 1ced 1cf4 1cf7-1cf9 1dc0-1dff 1fbd 1fbf-1fc1 1fcd-1fcf 1fdd-1fdf 1fed-1fef 1ffd-206f 207a-207e 208a-208e 20a0-2101 2103-2106 2108-2109 2114 2116-2118 211e-2123 2125 2127 2129 212e 213a-213b 2140-2144 214a-214d 214f 218a-244a 249c-24e9 2500-2775 2794-2bff 2ce5-2cea 2cef-2cf1 2cf9-2cfc 2cfe-2cff 2d70-2d7f 2de0-2e2e 2e30-3004 3008-3020 302a-3030 a66f-a67e a69e-a69f a6f0-a716 a720-a721 a789-a78a ab5b ab6a-ab6b fb1e fb29 fbb2-fbd2 fd3e-fd4f fd90-fd91 fdc8-fdcf fdfc-fe6b feff-ff0f ff1a-ff20 ff3b-ff40 ff5b-ff65 ffe0-fffd 1d000-1d1ff 1f000-1faff e0000-e0fff'

/**
 * Capital letters that are not made of another one and a mark: `from`, `from-to` or, for every other one, `from:to`, and
 * how far away the small ones are.
 */
const capitals =
  'c6+32 d0+32 d8+32 de+32 110+1 126+1 132+1 13f:141+1 14a+1 152+1 166+1 181+210 182:184+1 186+206 187+1 189-18a+205 18b+1 18e+79 18f+202 190+203 191+1 193+205 194+207 196+211 197+209 198+1 19c+211 19d+213 19f+214 1a2:1a4+1 1a6+218 1a7+1 1a9+218 1ac+1 1ae+218 1b1-1b2+217 1b3:1b5+1 1b7+219 1b8+1 1bc+1 1c4+2 1c5+1 1c7+2 1c8+1 1ca+2 1cb+1 1e4+1 1f1+2 1f2+1 1f6-97 1f7-56 21c+1 220-130 222:224+1 23a+10795 23b+1 23d-163 23e+10792 241+1 243-195 244+69 245+71 246:24e+1 370:372+1 376+1 37f+116 391-3a1+32 3a3-3a9+32 3c2+1 3cf+8 3d8:3e0+1 3f4-60 3f7+1 3f9-7 3fa+1 3fd-3ff-130 402:404+80 405-406+80 408-40b+80 40f+80 410-418+32 41a-42f+32 460:474+1 478:480+1 48a:4be+1 4c0+15 4c3:4cd+1 4d4+1 4d8+1 4e0+1 4e8+1 4f6+1 4fa:52e+1 531-556+48 10a0-10c5+7264 10c7+7264 10cd+7264 1c89+1 1c90-1cba-3008 1cbd-1cbf-3008 1e9e-7615 1efa:1efe+1 2132+28 2160-216f+16 2183+1 2c60+1 2c62-10743 2c63-3814 2c64-10727 2c67:2c6b+1 2c6d-10780 2c6e-10749 2c6f-10783 2c70-10782 2c72+1 2c75+1 2c7e-2c7f-10815 a640:a66c+1 a680:a69a+1 a722:a72e+1 a732:a76e+1 a779:a77b+1 a77d-35332 a77e:a786+1 a78b+1 a78d-42280 a790:a792+1 a796:a7a8+1 a7aa-42308 a7ab-42319 a7ac-42315 a7ad-42305 a7ae-42308 a7b0-42258 a7b1-42282 a7b2-42261 a7b3+928 a7b4:a7c2+1 a7c4-48 a7c5-42307 a7c6-35384 a7c7:a7c9+1 a7cb-42343 a7cc:a7da+1 a7dc-42561 a7f5+1 ff21-ff3a+32'

/** As a regular expression has a character. */
const escaped = (code: number) =>
  code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`

/** The inside of a bracket expression: ASCII's dividers and those above. */
export const dividing = `\\u0001-/:-@\\[-\`{-\\u007f${dividers
  .split(' ')
  .map((range) =>
    range
      .split('-')
      .map((code) => escaped(Number.parseInt(code, 16)))
      .join('-'),
  )
  .join('')}`

const pairs = capitals.split(' ').flatMap((run) => {
  const [, from = '', step, to = from, away = ''] =
    /^([0-9a-f]+)(?:([-:])([0-9a-f]+))??([+-]\d+)$/.exec(run) ?? []
  const found: [number, number][] = []
  const end = Number.parseInt(to, 16)
  for (let code = Number.parseInt(from, 16); code <= end; code += step === ':' ? 2 : 1)
    found.push([code, code + Number(away)])
  return found
})

export const capitalLetters = String.fromCodePoint(...pairs.map(([capital]) => capital))
export const smallLetters = String.fromCodePoint(...pairs.map(([, small]) => small))

/** The inside of a bracket expression: letters that marks do not count on. */
export const latinLetters =
  'A-Za-z\\u00aa\\u00ba\\u00c0-\\u02af\\u1d00-\\u1dbf\\u1e00-\\u1eff\\u212a\\u212b\\u2c60-\\u2c7f\\ua722-\\ua7ff\\uab30-\\uab69\\uff21-\\uff5a'
