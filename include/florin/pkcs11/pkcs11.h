/* The PKCS#11 C interface, versions 2.40 and 3.0, as far as Florin speaks it.
 *
 * Written from the tables of the standard: names and values are the ABI. Plain C, natural alignment
 * as on every Unix. A program that already has a PKCS#11 header of its system includes that one
 * instead; florin_pkcs11.h works with either.
 */
#pragma once

#include "florin/pkcs11/cryptoki_functions.h"
#include "florin/pkcs11/cryptoki_mechanisms.h"
#include "florin/pkcs11/cryptoki_params.h"
#include "florin/pkcs11/cryptoki_types.h"
#include "florin/pkcs11/cryptoki_values.h"
