// Nothing but a place for the headers that all tests share: FlorinTest.cmake precompiles them.
