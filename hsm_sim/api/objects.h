// Adding objects in the name of a session.
#pragma once

#include "hsm_sim/api/shell.h"
#include "hsm_sim/objects/object_factory.h"

namespace florin::hsm_sim {

// Who asks for an object in this session.
MakerContext ContextOf(const Session& session);

// Template::Copy, and CKR_ATTRIBUTE_TYPE_INVALID for an attribute that a quirk hides.
Result<Template> CopyTemplate(const Session& session, const CK_ATTRIBUTE* entries, CK_ULONG count);

// CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN: asked before a key is drawn or derived.
Status CheckMayAdd(const Session& session, const Attributes& attributes);

// Adds the object to the session's token; a session object ends with this session.
Result<CK_OBJECT_HANDLE> AddObject(Session& session, Object object);

}  // namespace florin::hsm_sim
