#!/usr/bin/env python3
"""Tests of the checks themselves: each must catch a bad fixture and pass a good one."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_exports  # noqa: E402
import check_layers  # noqa: E402
import check_public_headers  # noqa: E402
import check_style  # noqa: E402


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class LayersTest(Tree):
    BASE = "name=base dir=crypto/base deps= allows=sodium headers="
    CARD = "name=card dir=crypto/card deps=base allows= headers="
    HSM = "name=hsm dir=crypto/hsm deps=base headers= allows="

    def errors(self, *lines):
        rooms = [check_layers.Room(line) for line in lines]
        return list(check_layers.check(self.root, rooms))

    def test_good_tree_passes(self):
        self.write("crypto/base/a.cc", '#include <sodium.h>\n#include "florin/base/a.h"\n')
        self.write("include/florin/base/a.h", "#include <vector>\n")
        self.write("crypto/card/b.cc", '#include "crypto/base/a.h"\n#include <sys/stat.h>\n')
        self.assertEqual(self.errors(self.BASE, self.CARD), [])

    def test_include_that_points_up_is_caught(self):
        self.write("crypto/base/a.cc", '#include "crypto/card/b.h"\n')
        self.assertIn("did not declare 'card'", self.errors(self.BASE, self.CARD)[0])

    def test_public_header_that_points_up_is_caught(self):
        self.write("include/florin/card/b.h", '#include "florin/hsm/session.h"\n')
        self.assertIn("did not declare 'hsm'", self.errors(self.BASE, self.CARD, self.HSM)[0])

    def test_third_party_header_is_caught(self):
        self.write("crypto/card/b.cc", "#include <openssl/evp.h>\n")
        self.assertIn("openssl", self.errors(self.BASE, self.CARD)[0])

    def test_relative_include_is_caught(self):
        self.write("crypto/card/b.cc", '#include "b.h"\n')
        self.assertIn("no room", self.errors(self.BASE, self.CARD)[0])

    def test_unknown_system_header_is_caught(self):
        self.write("crypto/card/b.cc", "#include <gcrypt.h>\n")
        self.assertIn("unknown header", self.errors(self.BASE, self.CARD)[0])

    def test_declaration_beyond_the_law_is_caught(self):
        up = "name=base dir=crypto/base deps=hsm allows=openssl headers="
        errors = self.errors(up)
        self.assertIn("must not depend on 'hsm'", errors[0])
        self.assertIn("must not include the family 'openssl'", errors[1])

    def test_header_owned_by_another_room(self):
        owner = "name=cryptoki dir=crypto/cryptoki deps=base allows= headers=include/florin/hsm/c.h"
        self.write("include/florin/hsm/c.h", "#include <stdint.h>\n")
        self.write("crypto/cryptoki/a.cc", '#include "florin/hsm/c.h"\n')
        self.assertEqual(self.errors(self.BASE, self.HSM, owner), [])

    def test_example_with_an_inner_header_is_caught(self):
        self.write("examples/a.cc", '#include "crypto/base/json.h"\n')
        self.assertIn("'examples' may include", self.errors(self.BASE)[0])


class PublicHeadersTest(Tree):
    def errors(self):
        return check_public_headers.check(self.root, "c++", "cc")[1]

    def test_good_header_passes(self):
        self.write("include/florin/a.h", "// A.\n#pragma once\n#include <vector>\n")
        self.assertEqual(self.errors(), [])

    def test_header_that_needs_another_is_caught(self):
        self.write("include/florin/a.h", "#pragma once\nstd::vector<int> Get();\n")
        self.assertIn("does not compile alone", self.errors()[0])

    def test_leak_is_caught(self):
        self.write("include/florin/a.h", '#pragma once\n#include "florin/b.h"\n')
        self.write("include/florin/b.h", "#pragma once\n#include <sodium.h>\n")
        self.write("include/sodium.h", "#pragma once\n")
        self.assertTrue(any("a.h leaks" in error for error in self.errors()))

    def test_c_header_with_cxx_in_it_is_caught(self):
        text = '#pragma once\n#ifdef __cplusplus\nextern "C" {\n#endif\nbool Get(void);\n'
        self.write("include/florin/a.h", text + "#ifdef __cplusplus\n}\n#endif\n")
        self.assertIn("as c11", self.errors()[0])


class ExportsTest(unittest.TestCase):
    def test_strange_symbols_are_caught(self):
        names = ["florin::F(int)", "vtable for florin::A", "std::vector<florin::A>::~vector()"]
        self.assertEqual(check_exports.unexpected(names, check_exports.LIBRARY_SYMBOL), names[2:])
        names = ["C_Sign", "C_GetInterfaceList", "sqlite3_open", "C_"]
        self.assertEqual(check_exports.unexpected(names, check_exports.MODULE_SYMBOL), names[2:])


class StyleTest(Tree):
    def errors(self, name, text):
        self.write(name, text)
        return list(check_style.check_file(self.root, name))

    def assert_caught(self, word, name, text):
        self.assertTrue(any(word in error for error in self.errors(name, text)), word)

    def test_good_file_passes(self):
        text = "// A.\n#pragma once\nstruct A {\n  int Get() const { return 1; }\n};\n"
        self.assertEqual(self.errors("crypto/base/a.h", text), [])

    def test_lines_and_letters(self):
        self.assert_caught("columns", "a.cc", "// " + "a" * 98 + "\n")
        self.assert_caught("ASCII", "a.cc", "// caf\u00e9\n")
        self.assert_caught("tab", "a.cc", "\tint a;\n")
        self.assert_caught("space", "a.cc", "int a; \n")
        self.assert_caught("newline", "a.cc", "int a;")
        self.assert_caught("lines", "a.cc", "int a;\n" * 501)
        self.assert_caught("note", "a.cc", "// TO" + "DO: later\n")

    def test_headers(self):
        self.assert_caught("begins with a comment", "a.h", "#pragma once\n")
        self.assert_caught("pragma", "a.h", "// A.\n")
        hidden = "// A.\n#pragma once\nnamespace florin {\nvoid F();\n}\n"
        self.assert_caught("visibility", "include/florin/a.h", hidden)

    def test_long_functions(self):
        body = "  f();\n" * 70
        for head in ["void F() {\n", "namespace a {\nA::A() : b_{1}, c_{2} {\n",
                     "struct S {\n  int G(int a) const noexcept {\n", "TEST(A, B) {\n",
                     "auto H(\n    int a) -> int {\n"]:
            self.assert_caught("function of", "a.cc", head + body + "}\n")
        self.assertEqual(self.errors("a.cc", "namespace a {\n" + "int b;\n" * 80 + "}\n"), [])
        self.assertEqual(self.errors("a.cc", "const int k[] = {\n" + "1,\n" * 80 + "};\n"), [])

    def test_library_rules(self):
        for line in ["std::cout << 1;", 'printf("a");', "std::abort();", "exit(1);", "throw 1;",
                     'std::fprintf(stderr, "a");']:
            self.assert_caught("in a library", "crypto/base/a.cc", f"void F() {{ {line} }}\n")
        fine = 'void F() { std::snprintf(b, 1, "printf("); x.exit(1); }  // throw\n'
        self.assertEqual(self.errors("crypto/base/a.cc", fine), [])
        self.assertEqual(self.errors("tools/a.cc", "void F() { exit(1); }\n"), [])


if __name__ == "__main__":
    unittest.main()
