/* Looks a name up with the resolver of the C library that it is linked with: an address a line, or why there is none. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found, *one;
  int failure = argc == 2 ? getaddrinfo(argv[1], "8080", &hints, &found) : EAI_NONAME;
  if (failure) {
    puts(failure == EAI_NONAME ? "unknown" : gai_strerror(failure));
    return 0;
  }
  for (one = found; one; one = one->ai_next) {
    char text[INET6_ADDRSTRLEN] = "";
    void *address = one->ai_family == AF_INET ? (void *)&((struct sockaddr_in *)one->ai_addr)->sin_addr
                                              : (void *)&((struct sockaddr_in6 *)one->ai_addr)->sin6_addr;
    puts(inet_ntop(one->ai_family, address, text, sizeof text));
  }
  return 0;
}
