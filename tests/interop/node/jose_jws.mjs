// JWS: every "alg", in every serialization that both sides have, and a JWS inside a JWE.
import * as jose from "jose";
import {
  altered,
  alteredCompact,
  expectRefusedByFlorin,
  expectRefusedByThem,
  expectSame,
  flipBit,
  hex,
  random,
} from "./peer.mjs";

const parts = ["the header", "the payload", "the signature"];
const payloadSizes = [1, 2, 3, 64, 1000];
const hmacs = { HS256: 32, HS384: 48, HS512: 64 };
const pairs = {
  RS256: { rsa_length: 256 }, RS384: { rsa_length: 384 }, RS512: { rsa_length: 256 },
  PS256: { rsa_length: 256 }, PS384: { rsa_length: 384 }, PS512: { rsa_length: 512 },
  ES256: { curve: "P-256" }, ES384: { curve: "P-384" }, ES512: { curve: "P-521" },
  EdDSA: { curve: "Ed25519" },
};

const newKid = () => `kid-${hex(random(4))}`;

// The keys of one case: what jose signs and verifies with, and the members that name Florin's.
async function newKeys(peer, alg) {
  if (hmacs[alg]) {
    const secret = random(hmacs[alg]);
    const shared = { secret: hex(secret) };
    return { ours: { sign: shared, verify: secret }, theirs: { sign: secret, verify: shared } };
  }
  const made = await peer.ask({ do: "pair", alg, ...pairs[alg] });
  const theirs = await jose.generateKeyPair(alg, {
    extractable: true,
    modulusLength: pairs[alg].rsa_length * 8 || undefined,
  });
  const jwk = JSON.stringify(await jose.exportJWK(theirs.publicKey));
  return {
    ours: { sign: { key: made.key }, verify: await jose.importJWK(JSON.parse(made.jwk), alg) },
    theirs: { sign: theirs.privateKey, verify: { jwk } },
  };
}

async function florinSigns({ peer, tally }, alg, { sign, verify }, size) {
  const kid = newKid();
  const payload = random(size);
  const name = `${alg} ${size} bytes`;
  let text;
  await tally.case("JWS compact, Florin -> jose", name, async () => {
    ({ text } = await peer.ask({ do: "sign", alg, ...sign, kid, payload: hex(payload) }));
    const verified = await jose.compactVerify(text, verify, { algorithms: [alg] });
    expectSame("payload", hex(verified.payload), hex(payload));
    expectSame("kid", verified.protectedHeader.kid, kid);
  });
  if (!text) return;
  await tally.case("JWS compact altered, Florin -> jose", name, async () => {
    for (const [part, changed] of alteredCompact(text, parts)) {
      await expectRefusedByThem(() => jose.compactVerify(changed, verify), part);
    }
  });
}

async function expectVerified({ peer }, request, payload, kid) {
  const verified = await peer.ask(request);
  expectSame("payload", verified.payload, hex(payload));
  expectSame("kid", verified.kid, kid);
}

async function joseSignsCompact(both, alg, { sign, verify }, size) {
  const { peer, tally } = both;
  const kid = newKid();
  const payload = random(size);
  const name = `${alg} ${size} bytes`;
  const text = await new jose.CompactSign(payload)
    .setProtectedHeader({ alg, kid, typ: "JOSE" })
    .sign(sign);
  const request = { do: "verify", alg, ...verify, kid };
  await tally.case("JWS compact, jose -> Florin", name, () =>
    expectVerified(both, { ...request, text }, payload, kid));
  await tally.case("JWS compact altered, jose -> Florin", name, async () => {
    for (const [part, changed] of alteredCompact(text, parts)) {
      await expectRefusedByFlorin(peer, { ...request, text: changed }, part);
    }
  });
  const [header, , signature] = text.split(".");
  const detached = { ...request, text: `${header}..${signature}` };
  await tally.case("JWS detached, jose -> Florin", name, async () => {
    await expectVerified(both, { ...detached, detached: hex(payload) }, "", kid);
    const changed = hex(flipBit(payload));
    await expectRefusedByFlorin(peer, { ...detached, detached: changed }, "the payload");
  });
}

async function checkJson(both, kind, name, request, jws, signature, payload, kid) {
  const { peer, tally } = both;
  const json = { ...request, json: true, unprotected: true };
  await tally.case(`JWS ${kind}, jose -> Florin`, name, () =>
    expectVerified(both, { ...json, text: JSON.stringify(jws) }, payload, kid));
  await tally.case(`JWS ${kind} altered, jose -> Florin`, name, async () => {
    for (const [object, part] of [[signature, "protected"], [jws, "payload"],
      [signature, "signature"]]) {
      const before = object[part];
      object[part] = altered(before);
      await expectRefusedByFlorin(peer, { ...json, text: JSON.stringify(jws) }, part);
      object[part] = before;
    }
    const bare = { ...json, unprotected: false, text: JSON.stringify(jws) };
    await expectRefusedByFlorin(peer, bare, "an unprotected header");
  });
}

// "kid" in the header that nothing covers; of two signatures ours is the second.
async function joseSignsJson(both, alg, { sign, verify }, stranger, size) {
  const payload = random(size);
  const name = `${alg} ${size} bytes`;
  const kid = newKid();
  const request = { do: "verify", alg, ...verify, kid };
  const flat = await new jose.FlattenedSign(payload)
    .setProtectedHeader({ alg })
    .setUnprotectedHeader({ kid })
    .sign(sign);
  await checkJson(both, "flattened JSON", name, request, flat, flat, payload, kid);
  const signer = new jose.GeneralSign(payload);
  signer.addSignature(stranger).setProtectedHeader({ alg })
    .setUnprotectedHeader({ kid: "another" });
  signer.addSignature(sign).setProtectedHeader({ alg }).setUnprotectedHeader({ kid });
  const general = await signer.sign();
  const [, ours] = general.signatures;
  await checkJson(both, "general JSON", name, request, general, ours, payload, kid);
}

const enc = "A256GCM";
const outerAlg = "ECDH-ES+A256KW";

// RFC 7519 5.2: signed, then encrypted.
async function checkNested({ peer, tally }, alg, keys) {
  const payload = random(100);
  await tally.case("JWS in JWE, Florin -> jose", alg, async () => {
    const pair = await jose.generateKeyPair(outerAlg, { crv: "P-256" });
    const jwk = JSON.stringify(await jose.exportJWK(pair.publicKey));
    const inner = await peer.ask({ do: "sign", alg, ...keys.ours.sign, payload: hex(payload) });
    const outer = await peer.ask({ do: "seal", alg: outerAlg, enc, jwk, cty: "JWT",
      plaintext: hex(Buffer.from(inner.text)) });
    const opened = await jose.compactDecrypt(outer.text, pair.privateKey);
    expectSame("cty", opened.protectedHeader.cty, "JWT");
    const text = new TextDecoder().decode(opened.plaintext);
    const verified = await jose.compactVerify(text, keys.ours.verify);
    expectSame("payload", hex(verified.payload), hex(payload));
  });
  await tally.case("JWS in JWE, jose -> Florin", alg, async () => {
    const pair = await peer.ask({ do: "pair", alg: outerAlg, curve: "P-256" });
    const to = await jose.importJWK(JSON.parse(pair.jwk), outerAlg);
    const inner = await new jose.CompactSign(payload).setProtectedHeader({ alg })
      .sign(keys.theirs.sign);
    const nest = (text, cty) => new jose.CompactEncrypt(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: outerAlg, enc, cty }).encrypt(to);
    const request = { do: "open", alg: outerAlg, enc, key: pair.key,
      inner: { alg, ...keys.theirs.verify } };
    const opened = await peer.ask({ ...request, text: await nest(inner, "JWT") });
    expectSame("payload", opened.plaintext, hex(payload));
    for (const [part, changed] of alteredCompact(inner, parts)) {
      const text = await nest(changed, "JWT");
      await expectRefusedByFlorin(peer, { ...request, text }, `${part} inside`);
    }
    const plain = await nest(inner, "text/plain");
    await expectRefusedByFlorin(peer, { ...request, text: plain }, "another cty");
  });
}

export async function checkJws(peer, tally) {
  const both = { peer, tally };
  for (const alg of [...Object.keys(hmacs), ...Object.keys(pairs)]) {
    const keys = await newKeys(peer, alg);
    const stranger = hmacs[alg] ? random(hmacs[alg]) : (await jose.generateKeyPair(alg)).privateKey;
    for (const size of payloadSizes) {
      await florinSigns(both, alg, keys.ours, size);
      await joseSignsCompact(both, alg, keys.theirs, size);
      await joseSignsJson(both, alg, keys.theirs, stranger, size);
    }
    await checkNested(both, alg, keys);
  }
}
