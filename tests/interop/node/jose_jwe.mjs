// JWE: every "alg" with every "enc", in every serialization that both sides have.
import * as jose from "jose";
import {
  altered,
  alteredCompact,
  base64url,
  expectRefusedByFlorin,
  expectRefusedByThem,
  expectSame,
  hex,
  random,
} from "./peer.mjs";

const parts = ["the header", "the encrypted key", "the IV", "the ciphertext", "the tag"];
// Bytes of the content encryption key.
const encryptions = {
  A128GCM: 16,
  A192GCM: 24,
  A256GCM: 32,
  "A128CBC-HS256": 32,
  "A192CBC-HS384": 48,
  "A256CBC-HS512": 64,
};
const curves = ["P-256", "P-384", "P-521", "X25519"];
const agreements = ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"];
const wrappers = {
  A128KW: 16, A192KW: 24, A256KW: 32,
  A128GCMKW: 16, A192GCMKW: 24, A256GCMKW: 32,
};
const rsaLengths = { "RSA-OAEP": [256], "RSA-OAEP-256": [256, 384, 512], RSA1_5: [256] };

// Kinds of pairs: what both sides need to make one.
function pairKinds() {
  const kinds = [];
  for (const [alg, lengths] of Object.entries(rsaLengths)) {
    for (const length of lengths) {
      kinds.push({ alg, name: `${alg} ${length * 8}`, florin: { rsa_length: length },
        theirs: { modulusLength: length * 8 } });
    }
  }
  for (const alg of agreements) {
    for (const curve of curves) {
      kinds.push({ alg, name: `${alg} ${curve}`, florin: { curve }, theirs: { crv: curve } });
    }
  }
  return kinds;
}

// RSA1_5: not every node decrypts it (CVE-2023-46809).
async function decryptsHere(alg, pair) {
  if (alg !== "RSA1_5") return true;
  const text = await new jose.CompactEncrypt(random(8))
    .setProtectedHeader({ alg, enc: "A128GCM" })
    .encrypt(pair.publicKey);
  return jose.compactDecrypt(text, pair.privateKey).then(
    () => true,
    () => false,
  );
}

// A message of its own for each case: party info in every other one.
let made = 0;
function newMessage(alg) {
  made += 1;
  const message = { plaintext: random(made % 70), kid: `kid-${hex(random(4))}` };
  if (alg.startsWith("ECDH") && made % 2 === 0) {
    message.apu = random(1 + (made % 40));
    message.apv = random(1 + (made % 7));
  }
  return message;
}

const partyInfo = ({ apu, apv }) => (apu ? { apu: hex(apu), apv: hex(apv) } : {});

// Florin seals, with `to` the key that it takes; jose opens with `key`.
async function florinSeals({ peer, tally }, { alg, enc, name }, to, key) {
  const message = newMessage(alg);
  const request = { do: "seal", alg, enc, ...to, kid: message.kid, ...partyInfo(message) };
  const direction = "Florin -> jose";
  let text;
  await tally.case(`JWE compact, ${direction}`, name, async () => {
    ({ text } = await peer.ask({ ...request, plaintext: hex(message.plaintext) }));
    const opened = await jose.compactDecrypt(text, key);
    expectSame("plaintext", hex(opened.plaintext), hex(message.plaintext));
    expectSame("kid", opened.protectedHeader.kid, message.kid);
    for (const party of ["apu", "apv"]) {
      const wanted = message[party] && base64url(message[party]);
      expectSame(party, opened.protectedHeader[party], wanted);
    }
  });
  if (!text) return;
  await tally.case(`JWE compact altered, ${direction}`, name, async () => {
    for (const [part, changed] of alteredCompact(text, parts)) {
      await expectRefusedByThem(() => jose.compactDecrypt(changed, key), part);
    }
  });
}

async function expectOpened({ peer }, request, message) {
  const opened = await peer.ask(request);
  expectSame("plaintext", opened.plaintext, hex(message.plaintext));
  expectSame("kid", opened.kid, message.kid);
}

// A stranger's name in the place of the key's is refused, too.
async function joseSealsCompact(both, { alg, enc, name }, key, from) {
  const { peer, tally } = both;
  const message = newMessage(alg);
  const direction = "jose -> Florin";
  const sealer = new jose.CompactEncrypt(message.plaintext).setProtectedHeader({
    alg, enc, kid: message.kid, cty: "text/plain",
  });
  if (message.apu) sealer.setKeyManagementParameters({ apu: message.apu, apv: message.apv });
  const text = await sealer.encrypt(key);
  const request = { do: "open", alg, enc, ...from, kid: message.kid };
  await tally.case(`JWE compact, ${direction}`, name, () =>
    expectOpened(both, { ...request, text }, message));
  await tally.case(`JWE compact altered, ${direction}`, name, async () => {
    for (const [part, changed] of alteredCompact(text, parts)) {
      await expectRefusedByFlorin(peer, { ...request, text: changed }, part);
    }
    await expectRefusedByFlorin(peer, { ...request, kid: "another", text }, "another kid");
  });
}

// Every text member that a change of one bit must spoil; `recipient` is where the key travels.
function alteredJson(jwe, recipient) {
  const changes = [];
  const change = (object, name) => {
    if (object[name] === undefined || object[name] === "") return;
    const before = object[name];
    object[name] = altered(before);
    changes.push([name, JSON.stringify(jwe)]);
    object[name] = before;
  };
  for (const name of ["protected", "aad", "iv", "ciphertext", "tag"]) change(jwe, name);
  change(recipient, "encrypted_key");
  return changes;
}

async function checkJson(both, kind, name, request, message, jwe, recipient) {
  const { peer, tally } = both;
  const direction = "jose -> Florin";
  const json = { ...request, json: true };
  const text = JSON.stringify(jwe);
  const bare = recipient.header === undefined && jwe.unprotected === undefined;
  await tally.case(`JWE ${kind}, ${direction}`, name, () =>
    expectOpened(both, { ...json, unprotected: !bare, text }, message));
  await tally.case(`JWE ${kind} altered, ${direction}`, name, async () => {
    for (const [part, changed] of alteredJson(jwe, recipient)) {
      await expectRefusedByFlorin(peer, { ...json, unprotected: !bare, text: changed }, part);
    }
    // What a profile does not name.
    await expectRefusedByFlorin(peer, { ...request, text }, "JSON");
    if (!bare) await expectRefusedByFlorin(peer, { ...json, text }, "an unprotected header");
  });
}

// All in the protected header and "aad" beside it; then what no tag covers, too.
async function joseSealsFlattened(both, { alg, enc, name }, key, from) {
  for (const unprotected of [false, true]) {
    const message = newMessage(alg);
    const sealer = new jose.FlattenedEncrypt(message.plaintext).setAdditionalAuthenticatedData(
      random(1 + (made % 30)),
    );
    if (message.apu) sealer.setKeyManagementParameters({ apu: message.apu, apv: message.apv });
    if (unprotected) {
      sealer.setProtectedHeader({ enc }).setSharedUnprotectedHeader({ alg });
      sealer.setUnprotectedHeader({ kid: message.kid });
    } else {
      sealer.setProtectedHeader({ alg, enc, kid: message.kid });
    }
    const jwe = await sealer.encrypt(key);
    const kind = unprotected ? "flattened JSON, unprotected headers" : "flattened JSON";
    const request = { do: "open", alg, enc, ...from, kid: message.kid };
    await checkJson(both, kind, name, request, message, jwe, jwe);
  }
}

// For two recipients where "alg" has a key of its own for each; ours is the second.
async function joseSealsGeneral(both, { alg, enc, name }, key, from, stranger) {
  const message = newMessage(alg);
  const sealer = new jose.GeneralEncrypt(message.plaintext).setProtectedHeader({ enc });
  const alone = alg === "dir" || alg === "ECDH-ES";
  if (!alone) sealer.addRecipient(stranger).setUnprotectedHeader({ alg, kid: "another" });
  sealer.addRecipient(key).setUnprotectedHeader({ alg, kid: message.kid });
  const jwe = await sealer.encrypt();
  const request = { do: "open", alg, enc, ...from, kid: message.kid };
  const recipient = jwe.recipients[alone ? 0 : 1];
  await checkJson(both, "general JSON", name, request, message, jwe, recipient);
}

async function joseSeals(both, kind, key, from, stranger) {
  await joseSealsCompact(both, kind, key, from);
  await joseSealsFlattened(both, kind, key, from);
  await joseSealsGeneral(both, kind, key, from, stranger);
}

// The public half in every form, as both sides write it.
async function checkPublicKey({ tally }, name, described, key) {
  await tally.case("public keys, both ways", name, async () => {
    const jwk = JSON.parse(described.jwk);
    expectSame("thumbprint", hex(Buffer.from(await jose.calculateJwkThumbprint(jwk), "base64url")),
      described.thumbprint);
    expectSame("SubjectPublicKeyInfo", hex(key.export({ type: "spki", format: "der" })),
      described.spki);
  });
}

async function checkPair(both, kind) {
  const { peer } = both;
  const { alg } = kind;
  const ours = await peer.ask({ do: "pair", alg, ...kind.florin });
  const ourPublic = await jose.importJWK(JSON.parse(ours.jwk), alg);
  const theirs = await jose.generateKeyPair(alg, { extractable: true, ...kind.theirs });
  const jwk = JSON.stringify(await jose.exportJWK(theirs.publicKey));
  await checkPublicKey(both, `${kind.name}, Florin's`, ours, ourPublic);
  await checkPublicKey(both, `${kind.name}, jose's`, await peer.ask({ do: "describe", jwk }),
    theirs.publicKey);
  const spki = hex(theirs.publicKey.export({ type: "spki", format: "der" }));
  const opens = await decryptsHere(alg, theirs);
  if (!opens) console.log(`jose: this node decrypts no ${alg}: Florin -> jose is left out`);
  for (const enc of Object.keys(encryptions)) {
    const named = { alg, enc, name: `${kind.name} ${enc}` };
    if (opens) await florinSeals(both, named, made % 2 ? { jwk } : { spki }, theirs.privateKey);
    await joseSeals(both, named, ourPublic, { key: ours.key }, theirs.publicKey);
  }
}

// Keys that both sides hold. Florin sends none under a weaker one (SP 800-57 part 1 5.6.1.5).
async function checkShared(both, alg, enc, length) {
  const { peer, tally } = both;
  const secret = random(length);
  const named = { alg, enc, name: `${alg} ${enc}` };
  const shared = { secret: hex(secret) };
  const weak = /^A\d+KW$/.test(alg) && length < Math.min(encryptions[enc], 32);
  if (weak) {
    await tally.case("JWE under a weaker key, refused by Florin's sender", named.name, async () => {
      const { error } = await peer.try({ do: "seal", alg, enc, ...shared, plaintext: "" });
      expectSame("error", error, "INVALID_ARGUMENT");
    });
  } else {
    await florinSeals(both, named, shared, secret);
  }
  await joseSeals(both, named, secret, shared, random(length));
}

export async function checkJwe(peer, tally) {
  const both = { peer, tally };
  for (const kind of pairKinds()) await checkPair(both, kind);
  for (const [enc, length] of Object.entries(encryptions)) {
    await checkShared(both, "dir", enc, length);
    for (const [alg, size] of Object.entries(wrappers)) await checkShared(both, alg, enc, size);
  }
}
