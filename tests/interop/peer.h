// What the peers of this folder have in common: a session, hexadecimal JSON, and answers line by
// line.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"
#include "florin/payload/jose_public_key.h"

namespace florin::interop {

using Json = nlohmann::json;

std::unique_ptr<hsm::Session> OpenSession();

Bytes Random(std::size_t size);

// The bytes of a hexadecimal member; empty where it is absent.
Bytes Hex(const Json& object, const char* name);
std::string HexOf(const SecretBytes& secret);

// A member of text; empty where it is absent.
std::string Text(const Json& object, const char* name);

// A label that no key of this process bears.
std::string NewLabel();

// Makes the pair, for this session only, and tells of its public half.
Result<payload::JosePublicKey> MakePair(hsm::Session& session, hsm::KeyPairTemplate pair);

// The public key of a request, in the form in which the other side sent it: "jwk", "spki" or
// "certificate" (DER in hexadecimal).
Result<payload::JosePublicKey> PublicKeyOf(const Json& request);
// The same key in every form, to compare with the other side's.
Json Describe(const payload::JosePublicKey& key);

// Answers each line of standard input with a line, until it ends. An error becomes {"error": its
// code's name, "message": ...}; a line that asks for nothing known ends the process with status 1.
using Answer = std::function<Result<Json>(const Json& request)>;
int Serve(const Answer& answer);

}  // namespace florin::interop
