// The modules that tests run over, each with a token of its own in a fresh folder.
#pragma once

#include <memory>
#include <string>

#include "florin/pkcs11/pkcs11_session.h"
#include "tests/crypto/hsm/session_contract.h"

namespace florin::pkcs11 {

// A folder under the system's temporary one, removed with its contents when the process ends.
std::string FreshFolder();

// The first of these files that exists, or "".
std::string FirstExisting(std::initializer_list<const char*> paths);

std::string SoftHsmPath();
std::string NssPath();
// As built beside the tests; "" where it was not.
std::string FlorinModulePath();

// Sets up the environment of a module once per process and returns its parameters.
ModuleOptions SoftHsmOptions();
ModuleOptions NssOptions();
ModuleOptions FlorinOptions();

inline constexpr char kUserPin[] = "user-1234";
inline constexpr char kSoPin[] = "officer-1234";
SecretBytes Pin(const char* text);

const hsm::ContractBackend& SoftBackend();
const hsm::ContractBackend& SoftHsmBackend();
const hsm::ContractBackend& NssBackend();
const hsm::ContractBackend& FlorinBackend();

}  // namespace florin::pkcs11
