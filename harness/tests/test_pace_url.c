/* What pace takes as a URL, and the sentence for what it does not take. */
#include "pace/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void its_parts_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host, *authority, *target;
        uint16_t port;
    } table[] = {
        {"http://127.0.0.1:8080/plaintext", "127.0.0.1", "127.0.0.1:8080", "/plaintext", 8080},
        {"http://localhost", "localhost", "localhost", "/", 80},
        {"http://localhost/", "localhost", "localhost", "/", 80},
        {"http://localhost:80/a", "localhost", "localhost", "/a", 80},
        {"HTTP://Some-Host.example/a/b", "Some-Host.example", "Some-Host.example", "/a/b", 80},
        {"http://h?x=1", "h", "h", "/?x=1", 80},
        {"http://h:1/?x=1&y=/:@", "h", "h:1", "/?x=1&y=/:@", 1},
        {"http://h/a?u=http://other:99/", "h", "h", "/a?u=http://other:99/", 80},
        {"http://h:65535/%20", "h", "h:65535", "/%20", 65535},
        {"http://[::1]:8080/x", "::1", "[::1]:8080", "/x", 8080},
        {"http://[2001:db8::1]", "2001:db8::1", "[2001:db8::1]", "/", 80},
        {"http://[::ffff:127.0.0.1]?q", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]", "/?q", 80},
        {"http://my_host.local./", "my_host.local.", "my_host.local.", "/", 80},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct url url;
        char *error = NULL;
        if (url_read(&url, table[i].text, &error) != 0)
            fail_msg("%s: %s", table[i].text, error);
        assert_string_equal(url.text, table[i].text);
        assert_string_equal(url.host, table[i].host);
        assert_string_equal(url.authority, table[i].authority);
        assert_string_equal(url.target, table[i].target);
        assert_int_equal(url.port, table[i].port);
        url_release(&url);
        assert_null(url.text);
    }
}

static void what_it_cannot_be_is_said_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"https://example.com:8443/x", "pace speaks plain HTTP only, no TLS: give the server's "
                                       "plain port, as in http://HOST:PORT/"},
        {"HTTPS://[::1]/", "pace speaks plain HTTP only, no TLS: give the server's plain port, as "
                           "in http://HOST:PORT/"},
        {"ftp://h/", "pace speaks HTTP only, not \"ftp\": a URL is http://HOST[:PORT][/PATH]"},
        {"localhost:8080/x",
         "\"localhost:8080/x\" does not begin with http://: write http://localhost:8080/x"},
        {"h/?next=http://other", "\"h/?next=http://other\" does not begin with http://: write "
                                 "http://h/?next=http://other"},
        {"//h/x", "\"//h/x\" does not begin with http://: write http://h/x"},
        {"http:/h/x", "\"http:/h/x\" does not begin with http://: write http://h/x"},
        {"", "\"\" names no host: a URL is http://HOST[:PORT][/PATH]"},
        {"http:", "\"http:\" names no host: a URL is http://HOST[:PORT][/PATH]"},
        {"http://", "\"http://\" names no host: a URL is http://HOST[:PORT][/PATH]"},
        {"http:///x", "\"http:///x\" names no host: a URL is http://HOST[:PORT][/PATH]"},
        {"http://:8080/", "\"http://:8080/\" names no host: a URL is http://HOST[:PORT][/PATH]"},
        {"http://h:0/", "the port \"0\" in \"http://h:0/\" is no number from 1 to 65535"},
        {"http://h:65536/", "the port \"65536\" in \"http://h:65536/\" is no number from 1 to "
                            "65535"},
        {"http://h:99999999999999999999/",
         "the port \"99999999999999999999\" in \"http://h:99999999999999999999/\" is no number "
         "from 1 to 65535"},
        {"http://h:8o/", "the port \"8o\" in \"http://h:8o/\" is no number from 1 to 65535"},
        {"http://h:-1/", "the port \"-1\" in \"http://h:-1/\" is no number from 1 to 65535"},
        {"http://h:/", "the port \"\" in \"http://h:/\" is no number from 1 to 65535"},
        {"http://[::1]:/", "the port \"\" in \"http://[::1]:/\" is no number from 1 to 65535"},
        {"http://::1:8080/", "the host in \"http://::1:8080/\" has more than one colon: an IPv6 "
                             "address stands in brackets, http://[::1]:8080/"},
        {"http://[::1/", "the host in \"http://[::1/\" lacks its closing bracket ]"},
        {"http://[::g]/", "\"::g\" in \"http://[::g]/\" is no IPv6 address"},
        {"http://[127.0.0.1]/", "\"127.0.0.1\" in \"http://[127.0.0.1]/\" is no IPv6 address"},
        {"http://[::1]x/", "after its bracket ] the host in \"http://[::1]x/\" goes on"},
        {"http://a,b/", "the host \"a,b\" has a ',', which no host's name has"},
        {"http://me:secret@h/", "the URL names a user before its @, which pace does not send: give "
                                "credentials as a field, -H \"Authorization: ...\""},
        {"http://h/#top", "\"#top\" in the URL is a fragment, which is never sent: leave it out"},
        {"http://h#top", "\"#top\" in the URL is a fragment, which is never sent: leave it out"},
        {"http://h/a b", "the URL has a space at byte 10: write it as %20"},
        {" http://h/", "the URL has a space at byte 0: write it as %20"},
        {"http://h/\r\nX: y", "the URL has the byte 0x0d at byte 9: write it as %0D"},
        {"http://h/\xc3\xa4", "the URL has the byte 0xc3 at byte 9: write it as %C3"},
        {"http://h/\x7f", "the URL has the byte 0x7f at byte 9: write it as %7F"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct url url;
        char *error = NULL;
        if (url_read(&url, table[i].text, &error) != -1)
            fail_msg("\"%s\" is taken", table[i].text);
        assert_string_equal(error, table[i].error);
        url_release(&url);
        free(error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_parts_are_found),
        cmocka_unit_test(what_it_cannot_be_is_said_in_a_sentence),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
