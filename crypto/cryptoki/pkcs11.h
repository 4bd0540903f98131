// The C interface as the rooms include it: the standard and Florin's additions.
#pragma once

#include "florin/pkcs11/florin_pkcs11.h"
#include "florin/pkcs11/pkcs11.h"
