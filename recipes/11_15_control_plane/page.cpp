#include "page.hpp"

#include <11_15_control_plane/page_html.hpp>  // generated from page.html

#include "11_14_websocket/page.hpp"

namespace cookbook::control_plane {

http::Response page_response() {
    static const websocket::Page page(page_html);
    return page.response();
}

}  // namespace cookbook::control_plane
