// What tests.h and libraries.h declare as compiled elsewhere.
#include <iterator>
#include <string>
#include <vector>

template class std::basic_string<char>;
template class std::vector<std::string>;
template void std::string::_M_construct(char*, char*, std::forward_iterator_tag);
template void std::string::_M_construct(const char*, const char*, std::forward_iterator_tag);
