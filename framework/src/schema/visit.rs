//! Changes to every schema of a contract.

use serde_json::Value;

use super::{Contract, walk};

impl Contract {
    /// Calls `change` with every schema of the contract, including nested schemas.
    pub(super) fn each_schema_mut(&mut self, change: &mut impl FnMut(&mut Value)) {
        let mut each = |schema: &mut Value| walk::each_mut(schema, change);
        for namespace in &mut self.namespaces {
            namespace.params.iter_mut().for_each(|param| each(&mut param.schema));
            namespace.auth.iter_mut().chain(&mut namespace.session).for_each(&mut each);
            for event in namespace.incoming.iter_mut().chain(&mut namespace.outgoing) {
                event.arguments.iter_mut().for_each(|argument| each(&mut argument.schema));
                event.ack.iter_mut().chain(&mut event.error).for_each(&mut each);
            }
        }
        self.types.values_mut().for_each(each);
    }
}
